#include "winograd/winograd.h"

#include <array>

#include "dense.h"

namespace {

using Matrix = std::vector<std::vector<double>>;

/// The transforms as the paper has them: B', G and A'.
struct Transforms {
  Matrix input, kernel, output;
};

const Transforms& transforms(WinogradTile tile) {
  static const Transforms two{{{1, 0, -1, 0}, {0, 1, 1, 0}, {0, -1, 1, 0}, {0, 1, 0, -1}},
                              {{1, 0, 0}, {0.5, 0.5, 0.5}, {0.5, -0.5, 0.5}, {0, 0, 1}},
                              {{1, 1, 1, 0}, {0, 1, -1, -1}}};
  static const Transforms four{
      {{4, 0, -5, 0, 1, 0},
       {0, -4, -4, 1, 1, 0},
       {0, 4, -4, -1, 1, 0},
       {0, -2, -1, 2, 1, 0},
       {0, 2, -1, -2, 1, 0},
       {0, 4, 0, -5, 0, 1}},
      {{1.0 / 4, 0, 0},
       {-1.0 / 6, -1.0 / 6, -1.0 / 6},
       {-1.0 / 6, 1.0 / 6, -1.0 / 6},
       {1.0 / 24, 1.0 / 12, 1.0 / 6},
       {1.0 / 24, -1.0 / 12, 1.0 / 6},
       {0, 0, 1}},
      {{1, 1, 1, 1, 1, 0}, {0, 1, -1, 2, -2, 0}, {0, 1, 1, 4, 4, 0}, {0, 1, -1, 8, -8, 1}}};
  return tile == WinogradTile::two ? two : four;
}

double magnitude(double x) { return std::fabs(x); }

/// |T| |X| |T'| for X[size][size], element by element absolute.
Matrix magnitudes(const Matrix& t, const Matrix& x) {
  Matrix result(t.size(), std::vector<double>(t.size()));
  for (std::size_t i = 0; i < t.size(); ++i) {
    for (std::size_t j = 0; j < t.size(); ++j) {
      for (std::size_t a = 0; a < x.size(); ++a) {
        for (std::size_t b = 0; b < x.size(); ++b)
          result[i][j] += magnitude(t[i][a]) * magnitude(x[a][b]) * magnitude(t[j][b]);
      }
    }
  }
  return result;
}

struct Layer {
  std::size_t images, channels, outputs, height, width, pad_top, pad_left, out_height, out_width;

  ConvShape shape() const {
    ConvShape s{};
    s.channels = channels, s.height = height, s.width = width;
    s.kernel_height = s.kernel_width = 3;
    s.pad_top = pad_top, s.pad_left = pad_left;
    s.out_height = out_height, s.out_width = out_width;
    return s;
  }
  double at(const std::vector<float>& x, std::size_t image, std::size_t channel, std::ptrdiff_t y,
            std::ptrdiff_t column) const {
    const bool is_inside = y >= 0 && column >= 0 && y < static_cast<std::ptrdiff_t>(height) &&
                           column < static_cast<std::ptrdiff_t>(width);
    return is_inside ? x[((image * channels + channel) * height + y) * width + column] : 0;
  }
};

std::vector<float> some(std::size_t n, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  std::vector<float> x(n);
  for (float& v : x) v = normal(random);
  return x;
}

class WinogradVariants : public testing::TestWithParam<WinogradKernels> {
 protected:
  /// @param step only every so many outputs are looked at
  void check(WinogradTile tile, const Layer& l, std::size_t step = 1);
};

/// The sum of the taps, and the bound of the header for it.
void check_tile(WinogradTile tile, const Layer& l, const std::array<std::size_t, 4>& where,
                const std::vector<float>& x, const std::vector<float>& w, const std::vector<float>& bias,
                const std::vector<float>& residual, const Activation& f, const std::vector<float>& c) {
  const auto [image, output, row, column] = where;
  const Transforms& t = transforms(tile);
  const std::size_t size = static_cast<std::size_t>(tile), inputs = size + 2;
  const auto top = static_cast<std::ptrdiff_t>(row * size) - static_cast<std::ptrdiff_t>(l.pad_top);
  const auto left = static_cast<std::ptrdiff_t>(column * size) - static_cast<std::ptrdiff_t>(l.pad_left);
  Matrix sums(inputs, std::vector<double>(inputs));
  for (std::size_t k = 0; k < l.channels; ++k) {
    Matrix d(inputs, std::vector<double>(inputs)), g(3, std::vector<double>(3));
    for (std::size_t i = 0; i < inputs; ++i) {
      for (std::size_t j = 0; j < inputs; ++j) d[i][j] = l.at(x, image, k, top + i, left + j);
    }
    for (std::size_t i = 0; i < 9; ++i) g[i / 3][i % 3] = w[(output * l.channels + k) * 9 + i];
    const Matrix of_input = magnitudes(t.input, d), of_kernel = magnitudes(t.kernel, g);
    for (std::size_t i = 0; i < inputs; ++i) {
      for (std::size_t j = 0; j < inputs; ++j) sums[i][j] += of_input[i][j] * of_kernel[i][j];
    }
  }
  const Matrix bounds = magnitudes(t.output, sums);
  for (std::size_t i = 0; i < size && row * size + i < l.out_height; ++i) {
    for (std::size_t j = 0; j < size && column * size + j < l.out_width; ++j) {
      double want = bias[output];
      for (std::size_t k = 0; k < l.channels; ++k) {
        for (std::size_t tap = 0; tap < 9; ++tap)
          want += w[(output * l.channels + k) * 9 + tap] *
                  l.at(x, image, k, top + i + tap / 3, left + j + tap % 3);
      }
      const std::size_t at =
          ((image * l.outputs + output) * l.out_height + row * size + i) * l.out_width + column * size + j;
      want += residual[at];
      const double terms = bounds[i][j] + magnitude(bias[output]) + magnitude(residual[at]);
      ASSERT_NEAR(c[at], exact(want, f), float_bound(l.channels + 3 * inputs, terms, exact(want, f), f))
          << "output " << output << " at " << row * size + i << ", " << column * size + j;
    }
  }
}

void WinogradVariants::check(WinogradTile tile, const Layer& l, std::size_t step) {
  SCOPED_TRACE(std::to_string(static_cast<std::size_t>(tile)) + ": " + std::to_string(l.channels) + " to " +
               std::to_string(l.outputs) + " of " + std::to_string(l.height) + " x " +
               std::to_string(l.width));
  const std::vector<float> x = some(l.images * l.channels * l.height * l.width, 1);
  const std::vector<float> w = some(l.outputs * l.channels * 9, 2), bias = some(l.outputs, 3);
  const std::size_t elements = l.images * l.outputs * l.out_height * l.out_width;
  const std::vector<float> residual = some(elements, 4);
  const Aligned<float> panels(winograd_packed_size(tile, l.outputs, l.channels));
  winograd_pack(tile, w.data(), l.outputs, l.channels, panels.get());
  const Activation f = activations()[(l.channels + l.height) % activations().size()];
  std::vector<float> first;
  with_pools([&](const Work& work) {
    std::vector<float> c(elements, -77.0f);
    Winograd layer{};
    layer.tile = tile, layer.images = l.images, layer.outputs = l.outputs, layer.shape = l.shape();
    layer.x = x.data(), layer.panels = panels.get(), layer.c = c.data();
    layer.bias = bias.data(), layer.residual = residual.data(), layer.activation = f;
    const Aligned<std::byte> space(winograd_workspace(layer, work.pool.size()));
    winograd(&work, layer, space.get(), GetParam());
    if (first.empty()) first = c;
    ASSERT_EQ(c, first);
  });
  const std::size_t size = static_cast<std::size_t>(tile);
  for (std::size_t image = 0; image < l.images; ++image) {
    for (std::size_t output = 0; output < l.outputs; output += step) {
      for (std::size_t row = 0; row * size < l.out_height; ++row) {
        for (std::size_t column = 0; column * size < l.out_width; ++column)
          ASSERT_NO_FATAL_FAILURE(
              check_tile(tile, l, {image, output, row, column}, x, w, bias, residual, f, first));
      }
    }
  }
}

TEST_P(WinogradVariants, EqualsTheSumOfTapsOnAnyNumberOfThreads) {
  for (const WinogradTile tile : {WinogradTile::two, WinogradTile::four}) {
    check(tile, {1, 1, 1, 1, 1, 1, 1, 1, 1});
    check(tile, {1, 3, 2, 4, 5, 1, 1, 4, 5});
    check(tile, {2, 5, 9, 7, 7, 1, 1, 7, 7});
    // Pads on one side alone, and none at all.
    check(tile, {1, 4, 3, 6, 9, 2, 0, 6, 8});
    check(tile, {1, 4, 3, 6, 9, 0, 0, 4, 7});
    check(tile, {1, 2, 5, 12, 75, 1, 1, 12, 75});
    // Several blocks of tile rows.
    check(tile, {1, 24, 24, 85, 80, 1, 1, 85, 80}, 23);
  }
}

TEST_P(WinogradVariants, EmptyLayersAreNoWork) {
  Winograd layer{};
  layer.tile = WinogradTile::two, layer.images = 0, layer.outputs = 1;
  layer.shape = Layer{0, 1, 1, 3, 3, 1, 1, 3, 3}.shape();
  winograd(nullptr, layer, nullptr, GetParam());
}

TEST(Winograd, IsForKernelsOfThreeWithoutStride) {
  ConvShape s = Layer{1, 1, 1, 5, 5, 1, 1, 5, 5}.shape();
  EXPECT_TRUE(is_winograd(s));
  s.stride_width = 2;
  EXPECT_FALSE(is_winograd(s));
  s.stride_width = 1, s.kernel_height = 5;
  EXPECT_FALSE(is_winograd(s));
  s.kernel_height = 3, s.dilation_height = 2;
  EXPECT_FALSE(is_winograd(s));
}

FOR_EACH_VARIANT(WinogradVariants, winograd_variants());

}  // namespace
