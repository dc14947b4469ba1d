#include "gram/gram.h"

#include <numeric>

#include "product/product.h"
#include "support.h"

namespace {

struct Case {
  PatchGeometry geometry;
  bool every_third;
};

PatchGeometry with_output(PatchGeometry g, std::size_t pad_bottom, std::size_t pad_right) {
  g.out_height = (g.height + g.pad_top + pad_bottom - g.dilation_y * (g.kernel_y - 1) - 1) / g.stride_y + 1;
  g.out_width = (g.width + g.pad_left + pad_right - g.dilation_x * (g.kernel_x - 1) - 1) / g.stride_x + 1;
  return g;
}

std::vector<Case> cases() {
  return {
      {with_output({1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 1, 1, 1, 0, 0}, 0, 0), false},
      {with_output({300, 21, 1, 1, 1, 1, 1, 1, 0, 0, 1, 1, 1, 0, 0}, 0, 0), false},  // a matrix
      {with_output({2, 13, 9, 11, 1, 1, 1, 1, 0, 0, 1, 1, 1, 0, 0}, 0, 0), false},
      {with_output({2, 5, 9, 11, 3, 2, 1, 1, 1, 1, 1, 1, 1, 0, 0}, 1, 0), false},
      {with_output({1, 6, 12, 10, 3, 3, 2, 3, 0, 2, 2, 1, 2, 0, 0}, 3, 1), true},
      {with_output({2, 7, 8, 8, 3, 3, 1, 1, 1, 1, 1, 1, 7, 0, 0}, 1, 1), false},  // depthwise
      {with_output({1, 70, 6, 6, 3, 3, 1, 1, 1, 1, 1, 1, 1, 0, 0}, 1, 1), false},
      {with_output({0, 4, 6, 6, 3, 3, 1, 1, 1, 1, 1, 1, 1, 0, 0}, 1, 1), false},
  };
}

/// The formula of the contract, literally.
double element(const float* x, const PatchGeometry& g, std::size_t group, std::size_t feature,
               std::size_t position) {
  const std::size_t area = g.out_height * g.out_width, taps = g.kernel_y * g.kernel_x;
  const std::size_t b = position / area, oy = position % area / g.out_width, ox = position % g.out_width;
  const std::size_t c = group * (g.channels / g.group) + feature / taps;
  const auto at = [](std::size_t o, std::size_t stride, std::size_t pad, std::size_t k,
                     std::size_t dilation) {
    return static_cast<long>(o * stride + k * dilation) - static_cast<long>(pad);
  };
  const long y = at(oy, g.stride_y, g.pad_top, feature % taps / g.kernel_x, g.dilation_y);
  const long xx = at(ox, g.stride_x, g.pad_left, feature % g.kernel_x, g.dilation_x);
  if (y < 0 || xx < 0 || y >= static_cast<long>(g.height) || xx >= static_cast<long>(g.width)) return 0;
  return static_cast<double>(x[((b * g.channels + c) * g.height + static_cast<std::size_t>(y)) * g.width +
                               static_cast<std::size_t>(xx)]);
}

std::vector<std::int32_t> positions_of(const Case& c) {
  std::vector<std::int32_t> positions;
  for (std::size_t p = 0; p < c.geometry.positions(); p += c.every_third ? 3 : 1) {
    positions.push_back(static_cast<std::int32_t>(p));
  }
  return positions;
}

TEST(Gram, EqualsTwinBitForBitOnAnyNumberOfThreads) {
  for (const Case& c : cases()) {
    const PatchGeometry& g = c.geometry;
    const std::size_t n = g.features();
    SCOPED_TRACE("features " + std::to_string(n) + ", groups " + std::to_string(g.group));
    const std::vector<float> x = values(g.elements(), 5);
    const std::vector<std::int32_t> positions = positions_of(c);
    std::vector<double> want_sums(g.group * n, 0.25), want(g.group * n * n, 0.75);
    for (std::size_t group = 0; group < g.group; ++group) {
      for (std::int32_t p : positions) {  // products of floats are exact: order alone decides the bits
        std::vector<double> patch(n);
        for (std::size_t i = 0; i < n; ++i) {
          patch[i] = element(x.data(), g, group, i, static_cast<std::size_t>(p));
        }
        for (std::size_t i = 0; i < n; ++i) {
          want_sums[group * n + i] += patch[i];
          for (std::size_t j = 0; j < n; ++j) want[(group * n + i) * n + j] += patch[i] * patch[j];
        }
      }
    }
    with_pools([&](const Work& work) {
      std::vector<double> sums(g.group * n, 0.25), gram(g.group * n * n, 0.75);
      gram_accumulate(work, x.data(), g, positions.data(), positions.size(), sums.data(), gram.data());
      EXPECT_EQ(sums, want_sums);
      for (std::size_t i = 0; i < gram.size(); ++i) {
        if (i % n <= i / n % n) {
          ASSERT_TRUE(same(gram[i], want[i])) << i;
        }
      }
    });
  }
}

/// A closed form: features that are 1, 2, 3, … everywhere have the Gram matrix count * i * j, exactly.
TEST(Gram, OfConstantPlanesIsAnOuterProduct) {
  const PatchGeometry g = with_output({3, 50, 7, 9, 1, 1, 1, 1, 0, 0, 1, 1, 1, 0, 0}, 0, 0);
  std::vector<float> x(g.elements());
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(i / 63 % 50 + 1);
  std::vector<std::int32_t> positions(g.positions());
  std::iota(positions.begin(), positions.end(), 0);
  std::vector<double> sums(50), gram(2500);
  with_pools([&](const Work& work) {
    std::fill(gram.begin(), gram.end(), 0.0);
    gram_accumulate(work, x.data(), g, positions.data(), positions.size(), sums.data(), gram.data());
    for (std::size_t i = 0; i < 50; ++i) {
      for (std::size_t j = 0; j <= i; ++j) {
        ASSERT_EQ(gram[i * 50 + j], static_cast<double>(189 * (i + 1) * (j + 1)));
      }
    }
  });
}

TEST(Gram, NotANumberStaysWithItsFeature) {
  const PatchGeometry g = with_output({10, 20, 1, 1, 1, 1, 1, 1, 0, 0, 1, 1, 1, 0, 0}, 0, 0);
  std::vector<float> x = values(g.elements(), 2);
  x[3 * 20 + 7] = not_a_number;
  const std::vector<std::int32_t> positions = positions_of({g, false});
  std::vector<double> sums(20), gram(400);
  with_pools([&](const Work& work) {
    gram_accumulate(work, x.data(), g, positions.data(), positions.size(), sums.data(), gram.data());
    for (std::size_t i = 0; i < 20; ++i) {
      EXPECT_EQ(std::isnan(sums[i]), i == 7);
      for (std::size_t j = 0; j <= i; ++j) EXPECT_EQ(std::isnan(gram[i * 20 + j]), i == 7 || j == 7);
    }
  });
}

}  // namespace
