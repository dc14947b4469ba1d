#include "product/product.h"

#include "support.h"

namespace {

std::vector<double> wide(std::size_t n, unsigned seed) {
  std::mt19937_64 random(seed);
  std::normal_distribution<double> normal;
  std::vector<double> x(n);
  for (double& v : x) v = normal(random);
  return x;
}

/// One element: what the terms add up to, and how far off a sum of that many terms may be.
struct Exact {
  long double sum, magnitudes;

  explicit Exact(double start) : sum(start), magnitudes(std::fabs(static_cast<long double>(start))) {}

  void add(double a, double b) {
    const long double term = static_cast<long double>(a) * static_cast<long double>(b);
    sum += term;
    magnitudes += std::fabs(term);
  }

  double bound(std::size_t depth) const {
    return static_cast<double>(depth + 1) * unit_roundoff * static_cast<double>(magnitudes) * 1.01;
  }
};

class ProductVariants : public testing::TestWithParam<ProductKernels> {};

TEST_P(ProductVariants, PanelsAreWithinTheBound) {
  for (std::size_t depth : {0, 1, 2, 7, 64, 257}) {
    for (std::size_t panels : {1, 2, 3, 4, 5, 6, 7}) {
      SCOPED_TRACE("depth " + std::to_string(depth) + ", panels " + std::to_string(panels));
      const std::size_t stride = panels * 8 + 3;
      const std::vector<double> a = wide(depth * 8, 1), b = wide(panels * depth * 8, 2),
                                c = wide(8 * stride, 3);
      std::vector<double> got = c;
      GetParam().panels(a.data(), b.data(), depth, panels, got.data(), stride);
      for (std::size_t i = 0; i < 8; ++i) {
        for (std::size_t j = 0; j < stride; ++j) {
          Exact want(c[i * stride + j]);
          for (std::size_t k = 0; k < depth && j < panels * 8; ++k) {
            want.add(a[k * 8 + i], b[(j / 8 * depth + k) * 8 + j % 8]);
          }
          ASSERT_NEAR(got[i * stride + j], static_cast<double>(want.sum),
                      j < panels * 8 ? want.bound(depth) : 0);
        }
      }
    }
  }
}

TEST_P(ProductVariants, FusedVariantsRoundOnceAndInOrder) {
  if (GetParam().isa == cpu::Isa::scalar) GTEST_SKIP() << "the scalar variant may not fuse";
  const std::size_t depth = 37, panels = 4;
  const std::vector<double> a = wide(depth * 8, 4), b = wide(panels * depth * 8, 5);
  std::vector<double> got(8 * panels * 8, 0.5);
  GetParam().panels(a.data(), b.data(), depth, panels, got.data(), panels * 8);
  for (std::size_t i = 0; i < 8; ++i) {
    for (std::size_t j = 0; j < panels * 8; ++j) {
      double want = 0.5;
      for (std::size_t k = 0; k < depth; ++k) {
        want = std::fma(a[k * 8 + i], b[(j / 8 * depth + k) * 8 + j % 8], want);
      }
      ASSERT_TRUE(same(got[i * panels * 8 + j], want));
    }
  }
}

TEST_P(ProductVariants, AllVariantsGiveTheSameBitsWhereProductsAreExact) {
  const std::size_t depth = 101, panels = 5;
  const std::vector<float> a = values(depth * 8, 6, Mix::special), b = values(panels * depth * 8, 7);
  const std::vector<double> x(a.begin(), a.end()), y(b.begin(), b.end());
  std::vector<double> got(8 * panels * 8), want = got;
  GetParam().panels(x.data(), y.data(), depth, panels, got.data(), panels * 8);
  panel_product_f64_scalar(x.data(), y.data(), depth, panels, want.data(), panels * 8);
  for (std::size_t i = 0; i < got.size(); ++i) ASSERT_TRUE(same(got[i], want[i]));
}

FOR_EACH_VARIANT(ProductVariants, product_variants());

struct Sizes {
  std::size_t m, n, depth;
};

TEST(ProductDriver, EqualsTwinWithTheSameBitsOnAnyNumberOfThreads) {
  for (const Sizes& s :
       {Sizes{1, 1, 1}, {7, 9, 5}, {8, 24, 256}, {65, 200, 300}, {130, 31, 600}, {64, 64, 0}}) {
    SCOPED_TRACE(std::to_string(s.m) + " x " + std::to_string(s.n) + " x " + std::to_string(s.depth));
    // The left operand lies by columns, the right one by rows, and both are parts of something wider.
    const std::size_t a_step = s.m + 2, b_step = s.n + 1, stride = s.n + 4;
    const std::vector<double> a = wide(s.depth * a_step + s.m, 1), b = wide(s.depth * b_step + s.n, 2);
    const std::vector<double> c = wide(s.m * stride, 3);
    const Operand left{a.data(), s.m, 1, a_step, -1}, right{b.data(), s.n, 1, b_step};
    std::vector<double> first;
    with_pools([&](const Work& work) {
      std::vector<double> got = c;
      multiply(&work, {s.m, s.n, s.depth, left.pack(), right.pack(), got.data(), stride},
               ProductSpace(s.m, s.n));
      for (std::size_t i = 0; i < got.size(); ++i) {
        Exact want(c[i]);
        const std::size_t row = i / stride, column = i % stride;
        for (std::size_t k = 0; k < s.depth && column < s.n; ++k) {
          want.add(-a[k * a_step + row], b[k * b_step + column]);
        }
        ASSERT_NEAR(got[i], static_cast<double>(want.sum), column < s.n ? want.bound(s.depth) : 0);
      }
      if (!first.empty()) {
        ASSERT_EQ(got, first);
      }
      first = got;
    });
  }
}

TEST(ProductDriver, TriangularOperandsAreZeroBeyondTheDiagonal) {
  const std::size_t n = 45;
  const std::vector<double> a = wide(n * n, 1), b = wide(n * n, 2);
  for (const auto shape : {Operand::Shape::lower, Operand::Shape::upper}) {
    std::vector<double> got(n * n);
    const Operand left{a.data(), n, n, 1, 1, shape}, right{b.data(), n, 1, n};
    multiply(nullptr, {n, n, n, left.pack(), right.pack(), got.data(), n}, ProductSpace(n, n));
    for (std::size_t i = 0; i < n * n; ++i) {
      Exact want(0);
      for (std::size_t k = 0; k < n; ++k) {
        const bool kept = shape == Operand::Shape::lower ? k <= i / n : k >= i / n;
        if (kept) want.add(a[i / n * n + k], b[k * n + i % n]);
      }
      ASSERT_NEAR(got[i], static_cast<double>(want.sum), want.bound(n));
    }
  }
}

}  // namespace
