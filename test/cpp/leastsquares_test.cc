#include "pruning/leastSquares.h"
#include "layer.h"
#include "support.h"

namespace {

using Columns = std::vector<std::int32_t>;

Columns every(std::size_t columns, std::size_t step) {
  Columns kept;
  for (std::size_t i = step / 2; i < columns; i += step) kept.push_back(static_cast<std::int32_t>(i));
  return kept;
}

std::vector<float> refitted(const Work& work, const Layer& l, const Columns& kept, double damping = 0.01) {
  std::vector<float> z(l.rows * kept.size(), not_a_number);
  const LeastSquaresResult result = least_squares(
      work, {l.weights.data(), l.rows, l.columns, l.gram.data(), kept.data(), kept.size(), damping},
      z.data());
  EXPECT_EQ(result.outcome, GramOutcome::solved);
  EXPECT_EQ(result.damping, damping);
  return z;
}

/// The normal equations (H[K, K] + d) * z = H[K, :] * w + d * w[K], row by row.
std::vector<double> twin(const Layer& l, const Columns& kept, double damping) {
  const std::size_t n = l.columns, count = kept.size();
  double added = 0;
  for (const std::int32_t k : kept)
    added += damping * l.gram[static_cast<std::size_t>(k) * (n + 1)] / static_cast<double>(count);
  std::vector<double> z;
  for (std::size_t r = 0; r < l.rows; ++r) {
    std::vector<long double> a, b;
    for (std::size_t i = 0; i < count; ++i) {
      const auto row = static_cast<std::size_t>(kept[i]);
      for (std::size_t j = 0; j < count; ++j) {
        a.push_back(l.gram[row * n + static_cast<std::size_t>(kept[j])] + (i == j ? added : 0));
      }
      b.push_back(added * l.weights[r * n + row]);
      for (std::size_t j = 0; j < n; ++j)
        b.back() += static_cast<long double>(l.gram[row * n + j]) * l.weights[r * n + j];
    }
    for (const long double v : solution_of(a, b)) z.push_back(static_cast<double>(v));
  }
  return z;
}

TEST(LeastSquares, SolvesTheNormalEquationsOnAnyNumberOfThreads) {
  for (const auto& [rows, columns] :
       std::vector<std::pair<std::size_t, std::size_t>>{{1, 1}, {3, 9}, {9, 70}, {3, 130}, {520, 7}}) {
    for (const std::size_t step : {1, 2, 5}) {
      SCOPED_TRACE(std::to_string(rows) + " x " + std::to_string(columns) + ", every " +
                   std::to_string(step));
      const Layer l = layer(rows, columns, 1);
      const Columns kept = every(columns, step);
      const std::vector<double> want = twin(l, kept, 0.01);
      std::vector<float> first;
      with_pools([&](const Work& work) {
        const std::vector<float> got = refitted(work, l, kept);
        for (std::size_t i = 0; i < got.size(); ++i)
          ASSERT_NEAR(got[i], want[i], 1e-6 * (1 + std::fabs(want[i])));
        if (first.empty()) first = got;
        EXPECT_EQ(got, first);
      });
    }
  }
}

TEST(LeastSquares, ChangesNothingWhereNothingGoes) {
  const Layer l = layer(9, 70, 2);
  with_pools([&](const Work& work) { EXPECT_EQ(refitted(work, l, every(70, 1), 0.5), l.weights); });
}

/// A column that is twice another takes its place at half the weight.
TEST(LeastSquares, LetsAColumnStandInForItsMultiple) {
  Layer l = layer(4, 10, 3);
  for (std::size_t i = 0; i < 10; ++i) l.gram[10 * 9 + i] = l.gram[i * 10 + 9] = 2 * l.gram[i * 10 + 3];
  l.gram[99] = 2 * l.gram[93];
  with_pools([&](const Work& work) {
    const std::vector<float> z = refitted(work, l, {0, 1, 2, 3, 4, 5, 6, 7, 8}, 0);
    for (std::size_t r = 0; r < 4; ++r) {
      for (std::size_t j = 0; j < 9; ++j) {
        const float want = l.weights[r * 10 + j] + (j == 3 ? 2 * l.weights[r * 10 + 9] : 0);
        ASSERT_NEAR(z[r * 9 + j], want, 1e-5);
      }
    }
  });
}

TEST(LeastSquares, ReadsTheLowerTriangleOnlyAndLeavesUnusedColumnsToThemselves) {
  Layer l = layer(5, 40, 4);
  for (std::size_t i = 0; i < l.gram.size(); ++i) {
    if (i / 40 == 9 || i % 40 == 9) l.gram[i] = 0;
  }
  const Columns kept = every(40, 3);  // 1, 4, 7, …
  ASSERT_EQ(std::count(kept.begin(), kept.end(), 10), 1);
  with_pools([&](const Work& work) {
    Columns with_dead = kept;
    with_dead[3] = 9;
    const std::vector<float> want = refitted(work, l, with_dead, 0);
    for (std::size_t r = 0; r < 5; ++r) EXPECT_EQ(want[r * kept.size() + 3], l.weights[r * 40 + 9]);
    for (std::size_t i = 0; i < l.gram.size(); ++i) {
      if (i % 40 > i / 40) l.gram[i] = std::numeric_limits<double>::quiet_NaN();
    }
    EXPECT_EQ(refitted(work, l, with_dead, 0), want);
    for (std::size_t i = 0; i < l.gram.size(); ++i) {
      if (i % 40 > i / 40) l.gram[i] = l.gram[i % 40 * 40 + i / 40];
    }
  });
}

TEST(LeastSquares, KeepsNothingOrRefusesWhatIsNotFinite) {
  Layer l = layer(5, 12, 5);
  with_pools([&](const Work& work) {
    EXPECT_TRUE(refitted(work, l, {}).empty());
    Layer bad = l;
    bad.gram[12 * 11] = not_a_number;  // between a column that stays and one that goes
    std::vector<float> z(5);
    const std::int32_t kept[] = {0};
    EXPECT_EQ(
        least_squares(work, {bad.weights.data(), 5, 12, bad.gram.data(), kept, 1, 0.01}, z.data()).outcome,
        GramOutcome::not_finite);
  });
}

}  // namespace
