#include "cholesky/cholesky.h"

#include "support.h"

namespace {

using Matrix = std::vector<double>;

constexpr std::size_t sizes[] = {0, 1, 2, 7, 63, 64, 65, 129, 200};

/// The Gram matrix of `rows` random vectors of n elements: positive definite from n rows on. Above the
/// diagonal stands what must not be read.
Matrix gram_of(std::size_t n, std::size_t rows, unsigned seed) {
  std::mt19937_64 random(seed);
  std::normal_distribution<double> normal;
  Matrix x(rows * n), a(n * n, std::numeric_limits<double>::quiet_NaN());
  for (double& v : x) v = normal(random);
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j <= i; ++j) {
      a[i * n + j] = 0;
      for (std::size_t r = 0; r < rows; ++r) a[i * n + j] += x[r * n + i] * x[r * n + j];
    }
  }
  return a;
}

struct Sum {
  long double value = 0, magnitudes = 0;

  void add(double a, double b) {
    const long double term = static_cast<long double>(a) * static_cast<long double>(b);
    value += term;
    magnitudes += std::fabs(term);
  }
};

TEST(Cholesky, FactorsMultiplyToTheMatrixWithinTheBoundOnAnyNumberOfThreads) {
  for (std::size_t n : sizes) {
    SCOPED_TRACE(n);
    const Matrix a = gram_of(n, n + 5, 1);
    Matrix first;
    with_pools([&](const Work& work) {
      Matrix l = a;
      ASSERT_TRUE(cholesky_factor(work, l.data(), n));
      for (std::size_t i = 0; i < n; ++i) {
        ASSERT_GT(l[i * n + i], 0);
        for (std::size_t j = 0; j <= i; ++j) {
          Sum product;
          for (std::size_t k = 0; k <= j; ++k) product.add(l[i * n + k], l[j * n + k]);
          const double bound =
              static_cast<double>(n + 1) * unit_roundoff * static_cast<double>(product.magnitudes) * 1.01;
          ASSERT_NEAR(static_cast<double>(product.value), a[i * n + j], bound);
          if (!first.empty()) {
            ASSERT_TRUE(same(l[i * n + j], first[i * n + j]));
          }
        }
      }
      first = l;
    });
  }
}

/// A closed form: min(i, j) + 1 is the product of the lower triangle of ones with its transpose.
TEST(Cholesky, OfTheMinimumMatrixIsTheTriangleOfOnes) {
  with_pools([&](const Work& work) {
    const std::size_t n = 150;
    Matrix a(n * n);
    for (std::size_t i = 0; i < n * n; ++i) a[i] = static_cast<double>(std::min(i / n, i % n) + 1);
    ASSERT_TRUE(cholesky_factor(work, a.data(), n));
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t j = 0; j <= i; ++j) ASSERT_EQ(a[i * n + j], 1);
    }
  });
}

TEST(Cholesky, RefusesWhatIsNotPositiveDefinite) {
  with_pools([&](const Work& work) {
    for (std::size_t n : {1, 40, 64, 130}) {
      for (const double bad :
           {0.0, -1.0, std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}) {
        for (std::size_t at : {std::size_t{0}, n / 2, n - 1}) {
          Matrix a(n * n);
          for (std::size_t i = 0; i < n; ++i) a[i * n + i] = 2;
          a[at * n + at] = bad;
          EXPECT_FALSE(cholesky_factor(work, a.data(), n)) << n << " " << bad << " " << at;
        }
      }
    }
  });
}

/// |x| * |y| of lower triangles.
Matrix magnitudes(const Matrix& x, const Matrix& y, std::size_t n) {
  Matrix z(n * n);
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t k = 0; k <= i; ++k) {
      for (std::size_t j = 0; j <= k; ++j) z[i * n + j] += std::fabs(x[i * n + k] * y[k * n + j]);
    }
  }
  return z;
}

/// What halves hand on is bounded by |x| |l| |x| |l| (Higham 2002, section 14.2); each of the levels, of
/// which there are at most 5 here and one for the leaf, adds two products of at most n terms.
TEST(LowerInverse, TimesTheMatrixIsTheIdentityOnAnyNumberOfThreads) {
  for (std::size_t n : sizes) {
    SCOPED_TRACE(n);
    Matrix l = gram_of(n, n + 5, 2), first, spread;
    with_pools([&](const Work& work) {
      if (first.empty()) {
        ASSERT_TRUE(cholesky_factor(work, l.data(), n));
      }
      Matrix x = l;
      lower_inverse(work, x.data(), n);
      if (first.empty()) {
        const Matrix once = magnitudes(x, l, n);
        spread = magnitudes(once, once, n);
        first = x;
      }
      for (std::size_t i = 0; i < n; ++i) {
        for (std::size_t j = 0; j <= i; ++j) {
          Sum product;
          for (std::size_t k = j; k <= i; ++k) product.add(x[i * n + k], l[k * n + j]);
          const double bound = 12 * static_cast<double>(n + 1) * unit_roundoff * spread[i * n + j];
          ASSERT_NEAR(static_cast<double>(product.value), i == j ? 1 : 0, bound);
          ASSERT_TRUE(same(x[i * n + j], first[i * n + j]));
        }
      }
    });
  }
}

/// A closed form: the inverse of the triangle of ones has ones on the diagonal and −1 below it.
TEST(LowerInverse, OfTheTriangleOfOnesIsTheDifference) {
  const std::size_t n = 150;
  with_pools([&](const Work& work) {
    Matrix l(n * n, 1.0);
    lower_inverse(work, l.data(), n);
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t j = 0; j <= i; ++j) {
        ASSERT_EQ(l[i * n + j], i == j ? 1 : i == j + 1 ? -1 : 0);
      }
    }
  });
}

}  // namespace
