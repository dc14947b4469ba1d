#include "pixelconv/pixelconv.h"

#include "dense.h"

namespace {

/// Kernels, strides, pads and dilations, to 1 to 9 pixels; some whose weights are worth sharing.
constexpr ConvShape shapes[] = {
    {5, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 1, 1},       {7, 3, 3, 3, 3, 1, 1, 1, 1, 0, 0, 1, 1},
    {1, 1, 576, 1, 256, 1, 128, 1, 1, 0, 0, 1, 3}, {129, 1, 3, 1, 3, 1, 1, 1, 1, 0, 1, 1, 3},
    {40, 1, 3, 1, 3, 1, 2, 1, 1, 0, 1, 1, 2},      {3, 2, 2, 3, 3, 1, 1, 1, 1, 1, 1, 2, 2},
    {3, 5, 9, 3, 2, 2, 3, 2, 3, 2, 4, 2, 2},       {2, 1, 1, 1, 5, 1, 1, 1, 1, 0, 2, 1, 1},
    {2, 1, 2, 1, 2, 1, 3, 1, 4, 0, 3, 1, 2},       {700, 2, 1, 1, 1, 1, 1, 1, 1, 0, 0, 2, 1},
    {6, 3, 3, 3, 3, 1, 1, 1, 1, 1, 1, 3, 3},       {60, 1, 7, 1, 3, 1, 1, 1, 1, 0, 0, 1, 5}};

class PixelConvVariants : public testing::TestWithParam<GemvKernels> {
 protected:
  /// The twin of one output.
  static void expect_near(const ConvShape& s, std::size_t m, std::size_t at, const std::vector<float>& x,
                          const std::vector<float>& w, double start, const Activation& f, float found) {
    const std::size_t p = at % s.pixels(), i = at / s.pixels() % m, image = at / s.pixels() / m;
    double sum = start, magnitudes = std::fabs(start);
    for_each_tap(s, p / s.out_width, p % s.out_width, [&](std::size_t tap, std::size_t pixel) {
      for (std::size_t k = 0; k < s.channels; ++k) {
        const double term = static_cast<double>(x[(image * s.channels + k) * s.height * s.width + pixel]) *
                            static_cast<double>(w[i * s.depth() + k * s.taps() + tap]);
        sum += term;
        magnitudes += std::fabs(term);
      }
    });
    const double want = exact(sum, f);
    ASSERT_NEAR(found, want, float_bound(s.depth() + 4, magnitudes + std::fabs(start), want, f)) << at;
  }
};

TEST_P(PixelConvVariants, EqualsTwinOnAnyNumberOfThreads) {
  std::size_t round = 0;
  for (const ConvShape& s : shapes) {
    constexpr std::size_t images = 2;
    const std::size_t m = 1 + 43 * (round % 4), n = s.pixels(), depth = s.depth();
    const Activation f = activations()[round++ % activations().size()];
    SCOPED_TRACE(text(s) + ", channels out " + std::to_string(m));
    const std::vector<float> x = values(images * s.channels * s.height * s.width, 1), bias = values(m, 2),
                             w = values(m * depth, 3), start = values(images * m * n, 4);
    const Aligned<float> panels(gemm_packed_size(Side::right, m, depth));
    gemm_pack(Side::right, {w.data(), m, depth, depth, 1}, panels.get());
    std::vector<float> first;
    with_pools([&](const Work& work) {
      std::vector<float> y = start;
      const PixelConv layer{
          images, m, s, x.data(), panels.get(), y.data(), {bias.data(), Side::left, 0, y.data(), f}};
      const Aligned<std::byte> space(pixel_conv_workspace(layer));
      pixel_conv(&work, layer, space.get(), GetParam());
      for (std::size_t at = 0; at < y.size(); ++at) {
        const double before = static_cast<double>(bias[at / n % m]) + static_cast<double>(start[at]);
        expect_near(s, m, at, x, w, before, f, y[at]);
      }
      if (!first.empty()) {
        ASSERT_EQ(y, first);
      }
      first = y;
    });
  }
}

FOR_EACH_VARIANT(PixelConvVariants, gemv_variants());

}  // namespace
