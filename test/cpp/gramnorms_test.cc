#include <cmath>

#include "gram/norms.h"
#include "support.h"

namespace {

/// A symmetric matrix whose upper triangle holds nonsense, which nobody may read.
std::vector<double> lower_only(const std::vector<double>& full, std::size_t n) {
  std::vector<double> gram = full;
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = i + 1; j < n; ++j) gram[i * n + j] = 1e30;
  }
  return gram;
}

/// Sums of outer products of random rows.
std::vector<double> gram_of(std::size_t n, std::size_t count) {
  const std::vector<float> rows = values(n * count, 9);
  std::vector<double> gram(n * n);
  for (std::size_t r = 0; r < count; ++r) {
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t j = 0; j < n; ++j) {
        gram[i * n + j] += static_cast<double>(rows[r * n + i]) * static_cast<double>(rows[r * n + j]);
      }
    }
  }
  return gram;
}

TEST(GramNorms, EqualTwinWithinTheBound) {
  for (const auto& [rows, columns] : std::vector<std::pair<std::size_t, std::size_t>>{
           {1, 1}, {3, 7}, {9, 64}, {5, 255}, {17, 257}, {300, 40}, {2, 600}}) {
    SCOPED_TRACE(std::to_string(rows) + " by " + std::to_string(columns));
    const std::vector<float> x = values(rows * columns, 3);
    const std::vector<double> full = gram_of(columns, 12), gram = lower_only(full, columns);
    with_pools([&](const Work& work) {
      std::vector<double> norms(rows, not_a_number);
      gram_norms(work, x.data(), rows, columns, gram.data(), norms.data());
      for (std::size_t r = 0; r < rows; ++r) {
        long double want = 0, size = 0;
        for (std::size_t i = 0; i < columns; ++i) {
          for (std::size_t j = 0; j < columns; ++j) {
            const long double term = static_cast<long double>(x[r * columns + i]) * full[i * columns + j] *
                                     static_cast<long double>(x[r * columns + j]);
            want += term;
            size += std::abs(term);
          }
        }
        const double bound = static_cast<double>(size) * (2 * static_cast<double>(columns) + 2) * 0x1p-53;
        ASSERT_NEAR(norms[r], static_cast<double>(want), bound) << r;
      }
    });
  }
}

TEST(GramNorms, TheSameBitsForAnyNumberOfThreads) {
  const std::size_t rows = 300, columns = 300;
  const std::vector<float> x = values(rows * columns, 4);
  const std::vector<double> gram = gram_of(columns, 20);
  std::vector<double> first;
  with_pools([&](const Work& work) {
    std::vector<double> norms(rows);
    gram_norms(work, x.data(), rows, columns, gram.data(), norms.data());
    if (first.empty()) first = norms;
    EXPECT_EQ(norms, first);
  });
}

/// A closed form: whole numbers are exact, and a matrix of ones gives the square of each row's sum.
TEST(GramNorms, OfOnesAreSquaresOfSums) {
  const std::size_t rows = 4, columns = 530;
  std::vector<float> x(rows * columns);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(i % 7) - 3;
  const std::vector<double> ones(columns * columns, 1.0);
  with_pools([&](const Work& work) {
    std::vector<double> norms(rows);
    gram_norms(work, x.data(), rows, columns, ones.data(), norms.data());
    for (std::size_t r = 0; r < rows; ++r) {
      double sum = 0;
      for (std::size_t i = 0; i < columns; ++i) sum += static_cast<double>(x[r * columns + i]);
      EXPECT_EQ(norms[r], sum * sum);
    }
  });
}

TEST(GramNorms, NotANumberStaysWithItsRow) {
  std::vector<float> x = values(5 * 20, 6);
  x[2 * 20 + 3] = not_a_number;
  const std::vector<double> gram = gram_of(20, 30);
  with_pools([&](const Work& work) {
    std::vector<double> norms(5);
    gram_norms(work, x.data(), 5, 20, gram.data(), norms.data());
    for (std::size_t r = 0; r < 5; ++r) EXPECT_EQ(std::isnan(norms[r]), r == 2);
  });
}

TEST(GramNorms, OfNothingAreNothing) {
  with_pools([&](const Work& work) {
    std::vector<double> norms(2, 7.0);
    gram_norms(work, nullptr, 0, 5, nullptr, nullptr);
    gram_norms(work, nullptr, 2, 0, nullptr, norms.data());
    EXPECT_EQ(norms, (std::vector<double>{0.0, 0.0}));
  });
}

}  // namespace
