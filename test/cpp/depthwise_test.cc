#include "depthwise/depthwise.h"

#include "dense.h"
#include "integers.h"

namespace {

/// One plane, and shapes wider and longer than a tile.
std::vector<ConvShape> plane_shapes() {
  std::vector<ConvShape> shapes;
  for (ConvShape s : conv_shapes()) {
    s.channels = 1;
    shapes.push_back(s);
  }
  shapes.push_back({1, 1, 1500, 1, 5, 1, 1, 1, 1, 0, 2, 1, 1500});
  shapes.push_back({1, 40, 300, 3, 3, 1, 1, 1, 1, 1, 1, 40, 300});
  shapes.push_back({1, 7, 1300, 3, 3, 2, 2, 1, 1, 1, 1, 4, 650});
  shapes.push_back({1, 56, 56, 5, 5, 1, 1, 1, 1, 2, 2, 56, 56});
  return shapes;
}

/// Kernels of 3 x 3 and 5 x 5 with every pair of strides, and of 7 x 7, whose pads may lack on one side.
std::vector<ConvShape> usual_shapes() {
  std::vector<ConvShape> shapes;
  for (const std::size_t k : {3, 5, 7}) {
    for (std::size_t i = 0; i < 4 * 12; ++i) {
      const std::size_t height = 5 + i % 9, width = 5 + i * 3 % 31;
      const std::size_t rows = 1 + i % 2, columns = 1 + i / 2 % 2, pad = i % k;
      shapes.push_back(
          {1, height, width, k, k, rows, columns, 1, 1, pad, k - 1 - pad, height / rows, width / columns});
    }
  }
  return shapes;
}

class DepthwiseVariants : public testing::TestWithParam<DepthwiseKernels> {};

void expect_near_floats(const ConvShape& s, std::size_t round, const DepthwiseKernels& kernels) {
  const std::size_t images = 2, channels = 1 + round % 5, outputs = 1 + round % 2, n = s.pixels();
  const std::size_t results = channels * outputs, in_plane = s.height * s.width;
  const Activation f = activations()[round % activations().size()];
  const std::vector<float> x = values(images * channels * in_plane, 1), w = values(results * s.taps(), 2);
  const std::vector<float> bias = values(results, 3), start = values(images * results * n, 4);
  std::vector<float> first;
  with_pools([&](const Work& work) {
    std::vector<float> c = start;
    Depthwise d{};
    d.images = images, d.channels = channels, d.outputs = outputs, d.shape = s;
    d.x = x.data(), d.weights = w.data(), d.c = c.data();
    d.bias = bias.data(), d.residual = c.data(), d.activation = f;
    const Aligned<std::byte> space(depthwise_workspace(s, work.pool.size()));
    depthwise(&work, d, space.get(), kernels);
    for (std::size_t at = 0; at < c.size(); ++at) {
      const std::size_t p = at % n, plane = at / n;
      double sum = static_cast<double>(bias[plane % results]) + static_cast<double>(start[at]);
      double magnitudes =
          std::fabs(static_cast<double>(bias[plane % results])) + std::fabs(static_cast<double>(start[at]));
      for_each_tap(s, p / s.out_width, p % s.out_width, [&](std::size_t tap, std::size_t pixel) {
        const double term = static_cast<double>(x[plane / outputs * in_plane + pixel]) *
                            static_cast<double>(w[plane % results * s.taps() + tap]);
        sum += term;
        magnitudes += std::fabs(term);
      });
      const double want = exact(sum, f);
      ASSERT_NEAR(c[at], want, float_bound(s.taps() + 4, magnitudes, want, f)) << at;
    }
    if (!first.empty()) {
      ASSERT_EQ(c, first);
    }
    first = c;
  });
}

TEST_P(DepthwiseVariants, FloatsEqualTwinOnAnyNumberOfThreads) {
  std::size_t round = 0;
  for (const auto& shapes : {plane_shapes(), usual_shapes()}) {
    for (const ConvShape& s : shapes) {
      SCOPED_TRACE(text(s));
      expect_near_floats(s, round++, GetParam());
    }
  }
}

/// Sums and what follows them, byte by byte.
void expect_exact_bytes(const ConvShape& s, std::size_t round, const DepthwiseKernels& kernels) {
  const std::uint8_t x_zero_point = round % 3 ? 131 : 0;
  const std::size_t images = 2, channels = 1 + round % 9, planes = (channels + 3) / 4, n = s.pixels();
  const std::size_t in_plane = s.height * s.width;
  const auto x = bytes<std::uint8_t>(images * planes * in_plane * 4, 1);
  const auto w = bytes<std::int8_t>(channels * s.taps(), 2);
  const auto other = bytes<std::uint8_t>(images * planes * n * 4, 3);
  const std::vector<std::int32_t> bias = biases(channels, 4);
  const std::vector<float> multiplier = multipliers(channels, s.taps(), 5);
  std::vector<std::int32_t> sums(channels);
  const Aligned<std::uint32_t> packed(qdepthwise_packed_size(channels, s.taps()));
  qdepthwise_pack(w.data(), channels, s.taps(), packed.get(), sums.data());
  QDepthwise d{};
  d.images = images, d.channels = channels, d.shape = s, d.x = x.data(), d.x_zero_point = x_zero_point;
  d.weights = packed.get();
  const Steps steps;
  d.requantize = steps.make(round, bias.data(), multiplier.data(), other.data());
  with_pools([&](const Work& work) {
    std::vector<std::uint8_t> c(images * planes * n * 4, 77);
    d.c = c.data();
    const Aligned<std::byte> space(depthwise_workspace(s, work.pool.size()));
    depthwise(&work, d, space.get(), kernels);
    for (std::size_t at = 0; at < c.size(); ++at) {
      const std::size_t p = at / 4 % n, plane = at / 4 / n, channel = plane % planes * 4 + at % 4;
      if (channel >= channels) {
        ASSERT_EQ(c[at], 0);
        continue;
      }
      std::int32_t weights = 0;
      for (std::size_t t = 0; t < s.taps(); ++t) weights += w[channel * s.taps() + t];
      ASSERT_EQ(weights, sums[channel]);
      std::int32_t sum = x_zero_point * weights;
      for_each_tap(s, p / s.out_width, p % s.out_width, [&](std::size_t tap, std::size_t pixel) {
        sum += (x[(plane * in_plane + pixel) * 4 + at % 4] - x_zero_point) * w[channel * s.taps() + tap];
      });
      ASSERT_EQ(c[at], twin(sum, d.requantize, channel, at)) << at;
    }
  });
}

TEST_P(DepthwiseVariants, BytesAreExact) {
  std::size_t round = 0;
  for (const auto& shapes : {plane_shapes(), usual_shapes()}) {
    for (const ConvShape& s : shapes) {
      SCOPED_TRACE(text(s));
      expect_exact_bytes(s, round++, GetParam());
    }
  }
}

TEST_P(DepthwiseVariants, AnEmptyResultIsNoWork) {
  Depthwise d{};
  d.images = d.channels = d.outputs = 1, d.shape = {1, 4, 4, 3, 3, 1, 1, 1, 1, 0, 0, 0, 2};
  EXPECT_EQ(depthwise_workspace(d.shape, 2), 0u);
  depthwise(nullptr, d, nullptr, GetParam());
  QDepthwise q{};
  q.channels = 1, q.shape = d.shape;
  depthwise(nullptr, q, nullptr, GetParam());
}

TEST_P(DepthwiseVariants, CancelledWorkEnds) {
  const ConvShape s{1, 64, 64, 3, 3, 1, 1, 1, 1, 1, 1, 64, 64};
  const std::vector<float> x(64 * 64 * 64, 1.0f), w(64 * 9, 1.0f);
  std::vector<float> c(x.size(), 5.0f);
  ThreadPool pool(2);
  const std::atomic<bool> cancelled{true};
  const Work work{pool, cancelled};
  Depthwise d{};
  d.images = d.outputs = 1, d.channels = 64, d.shape = s, d.x = x.data(), d.weights = w.data(),
  d.c = c.data();
  const Aligned<std::byte> space(depthwise_workspace(s, 2));
  depthwise(&work, d, space.get(), GetParam());
  EXPECT_EQ(c, std::vector<float>(x.size(), 5.0f));
}

FOR_EACH_VARIANT(DepthwiseVariants, depthwise_variants());

}  // namespace
