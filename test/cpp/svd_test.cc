#include "svd/svd.h"

#include <algorithm>
#include <numbers>

#include "support.h"
#include "svd/subspace.h"

namespace {

using Matrix = std::vector<double>;

struct Svd {
  Matrix u, s, v;

  bool operator==(const Svd&) const = default;
};

struct Size {
  std::size_t rows, columns;

  std::size_t rank() const { return std::min(rows, columns); }
  double sum() const { return static_cast<double>(rows + columns); }
};

constexpr Size sizes[] = {{1, 1},   {1, 7},   {7, 1},   {2, 2},   {5, 3},     {3, 5},    {31, 33}, {32, 32},
                          {64, 64}, {65, 49}, {40, 97}, {97, 40}, {130, 130}, {200, 30}, {30, 200}};

Matrix normal(std::size_t n, unsigned seed) {
  std::mt19937_64 random(seed);
  std::normal_distribution<double> distribution;
  Matrix x(n);
  for (double& v : x) v = distribution(random);
  return x;
}

double norm(const Matrix& x) {
  double sum = 0;
  for (const double v : x) sum += v * v;
  return std::sqrt(sum);
}

Svd decomposed(const Work& work, const Matrix& a, Size size, std::size_t k) {
  Svd made{Matrix(size.rows * k, infinity), Matrix(k, infinity), Matrix(size.columns * k, infinity)};
  EXPECT_EQ(svd(work, {a.data(), size.rows, size.columns}, k, made.u.data(), made.s.data(), made.v.data()),
            SvdOutcome::done);
  return made;
}

Matrix values_of(const Work& work, const Matrix& a, Size size) {
  Matrix s(size.rank(), infinity);
  EXPECT_EQ(singular_values(work, {a.data(), size.rows, size.columns}, s.data()), SvdOutcome::done);
  return s;
}

/// |A - U * diag(s) * transpose(V)|
double distance(const Matrix& a, Size size, const Svd& d) {
  const std::size_t k = d.s.size();
  double sum = 0;
  for (std::size_t i = 0; i < size.rows; ++i) {
    for (std::size_t j = 0; j < size.columns; ++j) {
      double rest = a[i * size.columns + j];
      for (std::size_t l = 0; l < k; ++l) rest -= d.u[i * k + l] * d.s[l] * d.v[j * k + l];
      sum += rest * rest;
    }
  }
  return std::sqrt(sum);
}

/// The largest element of |transpose(X) * X - 1| of a matrix with k columns.
double skew(const Matrix& x, std::size_t k) {
  double most = 0;
  for (std::size_t i = 0; i < k; ++i) {
    for (std::size_t j = 0; j <= i; ++j) {
      double sum = i == j ? -1 : 0;
      for (std::size_t r = 0; r < x.size() / k; ++r) sum += x[r * k + i] * x[r * k + j];
      most = std::max(most, std::fabs(sum));
    }
  }
  return most;
}

/// All that the contract promises of a matrix.
void check(const Matrix& a, Size size) {
  SCOPED_TRACE(std::to_string(size.rows) + " x " + std::to_string(size.columns));
  const double bound = size.sum() * 2 * unit_roundoff;
  Svd first;
  with_pools([&](const Work& work) {
    const Svd d = decomposed(work, a, size, size.rank());
    if (!first.s.empty()) {
      EXPECT_EQ(d, first);
      return;
    }
    first = d;
    EXPECT_LE(distance(a, size, d), bound * norm(a));
    EXPECT_LE(skew(d.u, size.rank()), bound);
    EXPECT_LE(skew(d.v, size.rank()), bound);
    EXPECT_TRUE(std::is_sorted(d.s.rbegin(), d.s.rend()));
    EXPECT_GE(d.s.back(), 0);
    const Matrix alone = values_of(work, a, size);
    for (std::size_t i = 0; i < alone.size(); ++i) EXPECT_NEAR(alone[i], d.s[i], bound * d.s[0]);
  });
}

TEST(Svd, IsWithinTheBoundsOnAnyNumberOfThreads) {
  for (const Size& size : sizes) check(normal(size.rows * size.columns, 1), size);
}

TEST(Svd, OfSpecialMatrices) {
  for (const Size& size : {Size{1, 1}, {3, 3}, {40, 40}, {70, 33}, {33, 70}}) {
    const std::size_t n = size.rows * size.columns;
    const auto made = [&](auto element) {
      Matrix a(n);
      for (std::size_t i = 0; i < n; ++i) a[i] = element(i / size.columns, i % size.columns);
      return a;
    };
    check(made([](auto, auto) { return 0.0; }), size);
    check(made([](auto, auto) { return 1.0; }), size);                         // rank 1
    check(made([](auto i, auto j) { return i == j ? 1.0 : 0.0; }), size);      // all equal
    check(made([](auto i, auto j) { return i == j ? 1.0 + i : 0.0; }), size);  // rising diagonal
    check(made([](auto i, auto j) { return i == j ? std::pow(10, -1.0 * i) : 0.0; }), size);
    check(made([](auto i, auto j) { return 1.0 / (1.0 + i + j); }), size);     // Hilbert's, nearly singular
    check(made([](auto i, auto j) { return i + 1 == j ? 1.0 : 0.0; }), size);  // nilpotent
    check(made([](auto i, auto j) { return i <= j ? std::pow(0.5, i) : 0.0; }), size);
    check(made([](auto i, auto j) { return i % 2 && j % 3 ? 1.0 * i - 2.0 * j : 0.0; }), size);
  }
}

/// A closed form: the triangle of ones has the singular values 1 / (2 * sin((2 i + 1) * pi / (4 n + 2))).
TEST(Svd, KnowsTheSingularValuesOfTheTriangleOfOnes) {
  const std::size_t n = 100;
  Matrix a(n * n);
  for (std::size_t i = 0; i < n * n; ++i) a[i] = i % n <= i / n ? 1 : 0;
  with_pools([&](const Work& work) {
    const Matrix s = values_of(work, a, {n, n});
    for (std::size_t i = 0; i < n; ++i) {
      const double angle =
          (2 * static_cast<double>(i) + 1) * std::numbers::pi / (4 * static_cast<double>(n) + 2);
      ASSERT_NEAR(s[i], 1 / (2 * std::sin(angle)), 2 * n * unit_roundoff * s[0]);
    }
  });
}

TEST(Svd, LeadingPartsAreThoseOfTheWhole) {
  for (const Size& size : {Size{60, 60}, {90, 40}, {40, 90}}) {
    const Matrix a = normal(size.rows * size.columns, 2);
    with_pools([&](const Work& work) {
      const Svd whole = decomposed(work, a, size, size.rank());
      for (const std::size_t k : {0, 1, 17}) {
        const Svd part = decomposed(work, a, size, k);
        for (std::size_t i = 0; i < part.u.size(); ++i) {
          ASSERT_EQ(part.u[i], whole.u[i / k * size.rank() + i % k]);
        }
        for (std::size_t i = 0; i < part.v.size(); ++i) {
          ASSERT_EQ(part.v[i], whole.v[i / k * size.rank() + i % k]);
        }
        for (std::size_t i = 0; i < k; ++i) ASSERT_EQ(part.s[i], whole.s[i]);
      }
    });
  }
}

TEST(Svd, ScalingByPowersOfTwoScalesTheValuesAlone) {
  const Size size{37, 21};
  const Matrix a = normal(size.rows * size.columns, 3);
  with_pools([&](const Work& work) {
    Svd want = decomposed(work, a, size, 21);
    for (const int exponent : {-1060, -600, 600, 1015}) {
      Matrix scaled = a;
      for (double& v : scaled) v = std::ldexp(v, exponent);
      Svd got = decomposed(work, scaled, size, 21);
      if (exponent < -1000) continue;  // elements lost bits of their own
      for (double& s : got.s) s = std::ldexp(s, -exponent);
      EXPECT_EQ(got, want);
    }
  });
}

TEST(Svd, RefusesWhatIsNotFinite) {
  with_pools([&](const Work& work) {
    for (const double bad :
         {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}) {
      Matrix a = normal(60, 4), u(60), s(6), v(60);
      a[59] = bad;
      EXPECT_EQ(svd(work, {a.data(), 10, 6}, 6, u.data(), s.data(), v.data()), SvdOutcome::not_finite);
      EXPECT_EQ(singular_values(work, {a.data(), 10, 6}, s.data()), SvdOutcome::not_finite);
      EXPECT_EQ(leading_svd(work, {a.data(), 10, 6}, 2, 0, u.data(), s.data(), v.data()),
                SvdOutcome::not_finite);
    }
  });
}

TEST(Svd, OfNothingIsNothing) {
  with_pools([&](const Work& work) {
    for (const Size& size : {Size{0, 5}, {5, 0}, {0, 0}}) {
      EXPECT_EQ(svd(work, {nullptr, size.rows, size.columns}, 0, nullptr, nullptr, nullptr),
                SvdOutcome::done);
      EXPECT_EQ(singular_values(work, {nullptr, size.rows, size.columns}, nullptr), SvdOutcome::done);
    }
  });
}

/// Rows that weigh less and less.
Matrix decaying(Size size, double power) {
  Matrix a = normal(size.rows * size.columns, 5);
  for (std::size_t i = 0; i < a.size(); ++i)
    a[i] *= std::pow(1.0 + static_cast<double>(i / size.columns), -power);
  return a;
}

TEST(LeadingSvd, LeavesHardlyMoreThanTheWholeDoesOnAnyNumberOfThreads) {
  constexpr std::size_t k = 12;
  for (const Size& size : {Size{80, 80}, {50, 120}, {120, 50}, {20, 15}}) {
    for (const double power : {0.0, 0.5, 3.0}) {
      SCOPED_TRACE(std::to_string(size.rows) + " x " + std::to_string(size.columns) + ", " +
                   std::to_string(power));
      const Matrix a = decaying(size, power);
      Svd first;
      with_pools([&](const Work& work) {
        Svd got{Matrix(size.rows * k), Matrix(k), Matrix(size.columns * k)};
        ASSERT_EQ(leading_svd(work, {a.data(), size.rows, size.columns}, k, 9, got.u.data(), got.s.data(),
                              got.v.data()),
                  SvdOutcome::done);
        if (!first.s.empty()) {
          ASSERT_EQ(got, first);
          return;
        }
        first = got;
        const double least = distance(a, size, decomposed(work, a, size, k));
        EXPECT_LE(distance(a, size, got), 1.005 * least + size.sum() * 2 * unit_roundoff * norm(a));
        EXPECT_LE(skew(got.u, k), size.sum() * 2 * unit_roundoff);
        EXPECT_LE(skew(got.v, k), size.sum() * 2 * unit_roundoff);
        EXPECT_TRUE(std::is_sorted(got.s.rbegin(), got.s.rend()));
      });
    }
  }
}

TEST(LeadingSvd, OfAMatrixOfLowRankIsAllOfIt) {
  const Size size{80, 60};
  const Matrix left = normal(80 * 4, 6), right = normal(4 * 60, 7);
  Matrix a(80 * 60);
  for (std::size_t i = 0; i < a.size(); ++i) {
    for (std::size_t l = 0; l < 4; ++l) a[i] += left[i / 60 * 4 + l] * right[l * 60 + i % 60];
  }
  with_pools([&](const Work& work) {
    for (const std::uint32_t seed : {0u, 1u, 77u}) {
      Svd got{Matrix(80 * 6), Matrix(6), Matrix(60 * 6)};
      ASSERT_EQ(leading_svd(work, {a.data(), 80, 60}, 6, seed, got.u.data(), got.s.data(), got.v.data()),
                SvdOutcome::done);
      EXPECT_LE(distance(a, size, got), size.sum() * 2 * unit_roundoff * norm(a));
      EXPECT_LE(got.s[4], size.sum() * 2 * unit_roundoff * got.s[0]);
      EXPECT_LE(skew(got.u, 6), size.sum() * 2 * unit_roundoff);
    }
  });
}

}  // namespace
