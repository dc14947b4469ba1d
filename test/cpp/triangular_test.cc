#include "cholesky/triangular.h"

#include "product/product.h"
#include "support.h"

namespace {

struct Case {
  std::size_t n, rows;
};

constexpr Case cases[] = {{0, 3}, {1, 1}, {7, 4}, {64, 33}, {65, 1}, {130, 40}, {200, 7}};

std::vector<double> normal(std::size_t n, unsigned seed) {
  std::mt19937_64 random(seed);
  std::normal_distribution<double> distribution;
  std::vector<double> x(n);
  for (double& v : x) v = distribution(random);
  return x;
}

/// A well conditioned lower triangle, and above it what must not be read.
std::vector<double> triangle(std::size_t n, std::size_t stride) {
  std::vector<double> l = normal(n * stride, 1);
  for (std::size_t i = 0; i < n; ++i) {
    l[i * stride + i] = 4 + std::fabs(l[i * stride + i]);
    for (std::size_t j = 0; j < i; ++j) l[i * stride + j] *= 0.3;
    for (std::size_t j = i + 1; j < stride; ++j) l[i * stride + j] = std::numeric_limits<double>::quiet_NaN();
  }
  return l;
}

/// Element (i, j) of L, or of its transpose.
double element(const std::vector<double>& l, std::size_t stride, bool transposed, std::size_t i,
               std::size_t j) {
  if (transposed) std::swap(i, j);
  return j > i ? 0 : l[i * stride + j];
}

class TriangularSolves : public testing::TestWithParam<bool> {};

TEST_P(TriangularSolves, SolutionTimesTheTriangleIsWithinTheBoundOnAnyNumberOfThreads) {
  for (const auto& [n, rows] : cases) {
    SCOPED_TRACE(std::to_string(rows) + " x " + std::to_string(n));
    const std::size_t stride = n + 3;
    const std::vector<double> l = triangle(n, stride), b = normal(rows * stride, 2);
    std::vector<double> first;
    with_pools([&](const Work& work) {
      std::vector<double> x = b;
      const ProductSpace space(rows, n);
      const TriangularSolver solver{work, space, stride};
      GetParam() ? solver.solve_transposed(x.data(), rows, l.data(), n)
                 : solver.solve(x.data(), rows, l.data(), n);
      for (std::size_t r = 0; r < rows; ++r) {
        for (std::size_t j = 0; j < n; ++j) {
          long double sum = 0, magnitudes = 0;
          for (std::size_t k = 0; k < n; ++k) {
            const long double term = static_cast<long double>(x[r * stride + k]) *
                                     static_cast<long double>(element(l, stride, GetParam(), k, j));
            sum += term;
            magnitudes += std::fabs(term);
          }
          const double bound =
              1.01 * static_cast<double>(n + 1) * unit_roundoff * static_cast<double>(magnitudes);
          ASSERT_NEAR(static_cast<double>(sum), b[r * stride + j], bound);
        }
        for (std::size_t j = n; j < stride; ++j) ASSERT_EQ(x[r * stride + j], b[r * stride + j]);
      }
      if (first.empty()) first = x;
      ASSERT_EQ(x, first);
    });
  }
}

INSTANTIATE_TEST_SUITE_P(Sides, TriangularSolves, testing::Bool(),
                         [](const auto& side) { return side.param ? "transposed" : "lower"; });

}  // namespace
