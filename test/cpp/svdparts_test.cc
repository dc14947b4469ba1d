#include <algorithm>

#include "support.h"
#include "svd/bidiagonal.h"
#include "svd/implicitQr.h"
#include "svd/reflections.h"
#include "svd/rotations.h"

namespace {

using Matrix = std::vector<double>;

Matrix normal(std::size_t n, unsigned seed) {
  std::mt19937_64 random(seed);
  std::normal_distribution<double> distribution;
  Matrix x(n);
  for (double& v : x) v = distribution(random);
  return x;
}

/// c * (1 - tau * transpose(v) * v) for one row after the other.
void reflect_rows(Matrix& c, std::size_t rows, std::size_t stride, const Reflections& all, std::size_t i) {
  const auto element = [&](std::size_t k) {
    return k < i ? 0.0 : k == i ? 1.0 : all.vectors[i * all.row + k * all.step];
  };
  for (std::size_t r = 0; r < rows; ++r) {
    double sum = 0;
    for (std::size_t k = i; k < all.length; ++k) sum += c[r * stride + k] * element(k);
    for (std::size_t k = i; k < all.length; ++k) c[r * stride + k] -= all.tau[i] * sum * element(k);
  }
}

TEST(Reflections, InBlocksAreThoseOneByOne) {
  const std::size_t count = 71, length = 90, rows = 13, stride = 95;
  Matrix vectors = normal(count * length, 1), tau(count);
  for (std::size_t i = 0; i < count; ++i) {
    vectors[i * length + i] = 1;
    double norm = 1;
    for (std::size_t k = i + 1; k < length; ++k) norm += vectors[i * length + k] * vectors[i * length + k];
    tau[i] = 2 / norm;
  }
  const Reflections all{vectors.data(), count, length, length, 1, tau.data()};
  const Matrix c = normal(rows * stride, 2);
  with_pools([&](const Work& work) {
    for (const bool reversed : {false, true}) {
      Matrix want = c, got = c;
      for (std::size_t i = 0; i < count; ++i)
        reflect_rows(want, rows, stride, all, reversed ? count - 1 - i : i);
      apply(work, ProductSpace(64, length), all, reversed, got.data(), rows, stride);
      for (std::size_t i = 0; i < c.size(); ++i) ASSERT_NEAR(got[i], want[i], 1e-12);
    }
  });
}

TEST(Reflect, TurnsAVectorIntoItsLength) {
  for (std::size_t n : {1, 2, 9, 40}) {
    for (const double sign : {-1.0, 1.0, 0.0}) {
      Matrix x = normal(n, 3);
      x[0] = sign * std::fabs(x[0]);
      Matrix v = x;
      double tau = 0, norm = 0;
      const double first = reflect(v.data(), n, &tau);
      for (const double value : x) norm += value * value;
      EXPECT_NEAR(std::fabs(first), std::sqrt(norm), 1e-14);
      reflect_rows(x, 1, n, {v.data(), 1, n, n, 1, &tau}, 0);
      for (std::size_t i = 0; i < n; ++i) EXPECT_NEAR(x[i], i == 0 ? first : 0, 1e-14);
    }
  }
}

TEST(Bidiagonal, WithItsReflectionsIsTheMatrix) {
  for (std::size_t n : {1, 2, 5, 32, 33, 70, 300}) {
    SCOPED_TRACE(n);
    const Matrix a = normal(n * n, 4);
    Matrix first;
    with_pools([&](const Work& work) {
      Matrix reduced = a, made(n * n);
      const Bidiagonal b = bidiagonalize(work, reduced.data(), n);
      // Rows of B * … * G_1 * G_0, then as columns times … H_1 * H_0.
      for (std::size_t i = 0; i < n; ++i) {
        made[i * n + i] = b.diagonal[i];
        if (i + 1 < n) made[i * n + i + 1] = b.above[i];
      }
      if (n > 1) apply(work, ProductSpace(n, n), b.right(reduced.data()), true, made.data() + 1, n, n);
      Matrix turned(n * n);
      for (std::size_t i = 0; i < n * n; ++i) turned[i % n * n + i / n] = made[i];
      apply(work, ProductSpace(n, n), b.left(reduced.data()), true, turned.data(), n, n);
      for (std::size_t i = 0; i < n * n; ++i) {
        ASSERT_NEAR(turned[i % n * n + i / n], a[i],
                    4 * static_cast<double>(n + 8) * unit_roundoff * std::sqrt(n));
      }
      if (first.empty()) first = b.diagonal;
      EXPECT_EQ(b.diagonal, first);
    });
  }
}

TEST(Rotate, InWindowsIsRotationAfterRotation) {
  for (std::size_t n : {2, 47, 48, 49, 250}) {
    for (std::size_t count : {1, 5, 48}) {
      std::mt19937 random(static_cast<unsigned>(n + count));
      std::vector<RotationSweep> sweeps;
      Matrix want = normal(n * n, 5);
      Matrix got = want;
      for (std::size_t s = 0; s < count; ++s) {
        const std::size_t x = random() % n, y = random() % n;
        RotationSweep sweep{std::min(x, y), std::max(x, y), {}};
        for (std::size_t k = sweep.first; k < sweep.last; ++k) {
          const double angle = random() % 1000 * 0.01, c = std::cos(angle), z = std::sin(angle);
          sweep.rotations.push_back({c, z});
          for (std::size_t j = 0; j < n; ++j) {
            double &a = want[k * n + j], &b = want[(k + 1) * n + j];
            const double was = a;
            a = c * a + z * b;
            b = c * b - z * was;
          }
        }
        sweeps.push_back(sweep);
      }
      with_pools([&](const Work& work) {
        Matrix x = got;
        rotate(work, sweeps, x.data(), n);
        for (std::size_t i = 0; i < x.size(); ++i) ASSERT_NEAR(x[i], want[i], 1e-12);
      });
    }
  }
}

/// Zeros and tiny numbers anywhere, rising and falling diagonals.
TEST(Diagonalize, KeepsWhatTheBidiagonalIs) {
  for (std::size_t n : {1, 2, 3, 10, 70}) {
    for (unsigned kind = 0; kind < 6; ++kind) {
      SCOPED_TRACE(std::to_string(n) + ", " + std::to_string(kind));
      Matrix d = normal(n, 6 + kind), e = normal(n - 1, 7);
      for (std::size_t i = 0; i < n; ++i) {
        if (kind == 1 && i % 4 == 1) d[i] = 0;
        if (kind == 2) d[i] *= std::pow(0.7, i);
        if (kind == 3) d[i] *= std::pow(0.7, n - 1 - i);
        if (kind == 4) d[i] = 0;
        if (kind == 5) d[i] *= i % 3 ? 1e-18 : 1;
      }
      const Matrix before = d, above = e;
      with_pools([&](const Work& work) {
        Matrix left(n * n), right(n * n);
        for (std::size_t i = 0; i < n; ++i) left[i * n + i] = right[i * n + i] = 1;
        d = before, e = above;
        ASSERT_TRUE(diagonalize(work, d, e, left.data(), right.data()));
        for (std::size_t i = 0; i < n; ++i) {
          for (std::size_t j = 0; j < n; ++j) {
            double sum = i == j ? -before[i] : i + 1 == j ? -above[i] : 0;
            for (std::size_t k = 0; k < n; ++k) sum += left[k * n + i] * d[k] * right[k * n + j];
            ASSERT_NEAR(sum, 0, 8 * static_cast<double>(n + 8) * unit_roundoff);
          }
        }
        Matrix alone = before, rest = above;
        ASSERT_TRUE(diagonalize(work, alone, rest, nullptr, nullptr));
        EXPECT_EQ(alone, d);
      });
    }
  }
}

}  // namespace
