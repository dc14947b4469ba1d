#include "pruning/pruning.h"

#include <algorithm>

#include "layer.h"
#include "pruning/refit.h"
#include "pruning/splitting.h"
#include "support.h"

namespace {

using Mask = std::vector<std::uint8_t>;

constexpr auto block = Sparsity::Kind::block, n_of_m = Sparsity::Kind::n_of_m;
constexpr Sparsity half = {block, 1, 1, 0.5, 0};

struct Pruned {
  std::vector<float> weights;
  Mask mask;

  bool operator==(const Pruned&) const = default;
};

PruningProblem problem_of(const Layer& l, const Sparsity* pattern, double damping = 0.01) {
  return {l.weights.data(), l.rows, l.columns, l.gram.data(), pattern, damping};
}

Pruned pruned(const Work& work, const Layer& l, const Sparsity& pattern, double damping = 0.01) {
  Pruned made{std::vector<float>(l.weights.size(), not_a_number), Mask(l.weights.size(), 7)};
  const PruningResult result =
      prune_weights(work, problem_of(l, &pattern, damping), made.weights.data(), made.mask.data());
  EXPECT_EQ(result.outcome, GramOutcome::solved);
  EXPECT_EQ(result.damping, damping);
  return made;
}

std::vector<float> solved(const Work& work, const Layer& l, Mask mask, double damping = 0.01) {
  std::vector<float> weights(l.weights.size(), not_a_number);
  const PruningResult result =
      prune_weights(work, problem_of(l, nullptr, damping), weights.data(), mask.data());
  EXPECT_EQ(result.outcome, GramOutcome::solved);
  return weights;
}

/// Least squares for a mask, row by row.
std::vector<float> exact(const Layer& l, const std::vector<double>& h, const Mask& mask) {
  const std::size_t n = l.columns;
  std::vector<float> z(l.weights.size());
  for (std::size_t r = 0; r < l.rows; ++r) {
    std::vector<std::size_t> kept;
    for (std::size_t j = 0; j < n; ++j) {
      if (mask[r * n + j]) kept.push_back(j);
    }
    std::vector<long double> a, b;
    for (const std::size_t i : kept) {
      for (const std::size_t j : kept) a.push_back(h[i * n + j]);
      b.push_back(0);
      for (std::size_t j = 0; j < n; ++j)
        b.back() += static_cast<long double>(h[i * n + j]) * l.weights[r * n + j];
    }
    const std::vector<long double> solution = solution_of(a, b);
    for (std::size_t i = 0; i < kept.size(); ++i) z[r * n + kept[i]] = static_cast<float>(solution[i]);
  }
  return z;
}

/// The weights without those of the smallest scores.
template <class Score>
std::vector<float> zeroed(const Work& work, const Layer& l, const Sparsity& pattern, Score score) {
  std::vector<float> scores(l.weights.size()), z = l.weights;
  for (std::size_t i = 0; i < z.size(); ++i)
    scores[i] = score(l.weights[i], l.gram[i % l.columns * (l.columns + 1)]);
  Mask mask(z.size());
  EXPECT_TRUE(select_mask(work, scores.data(), l.rows, l.columns, pattern, mask.data()));
  for (std::size_t i = 0; i < z.size(); ++i) z[i] *= mask[i];
  return z;
}

float magnitude(float w, double) { return w * w; }
float wanda(float w, double diagonal) { return w * w * static_cast<float>(diagonal); }

Mask random_mask(std::size_t n, double kept, unsigned seed) {
  std::mt19937 random(seed);
  std::bernoulli_distribution stays(kept);
  Mask mask(n);
  for (std::uint8_t& m : mask) m = stays(random);
  return mask;
}

TEST(Pruning, OfAMaskIsLeastSquaresOnAnyNumberOfThreads) {
  for (const auto& [rows, columns] :
       std::vector<std::pair<std::size_t, std::size_t>>{{1, 1}, {3, 2}, {9, 40}, {12, 70}}) {
    for (const double kept : {0.2, 0.5, 0.9}) {
      SCOPED_TRACE(std::to_string(rows) + " x " + std::to_string(columns));
      const Layer l = layer(rows, columns, static_cast<unsigned>(columns));
      const Mask mask = random_mask(rows * columns, kept, 5);
      const std::vector<double> h = damped(l, 0.01);
      const std::vector<float> want = exact(l, h, mask);
      std::vector<float> first;
      with_pools([&](const Work& work) {
        const std::vector<float> got = solved(work, l, mask);
        for (std::size_t i = 0; i < got.size(); ++i) ASSERT_NEAR(got[i], want[i], 1e-3);
        EXPECT_LE(error_of(l, h, got), error_of(l, h, want) * (1 + 1e-5) + 1e-9);
        if (first.empty()) first = got;
        EXPECT_EQ(got, first);
      });
    }
  }
}

TEST(Pruning, OfAMaskGoesOnUntilItIsExact) {
  const Layer l = layer(4, 200, 17);
  const Mask mask = random_mask(l.weights.size(), 0.5, 18);
  for (const double damping : {1e-2, 1e-3, 1e-4}) {
    const std::vector<float> want = exact(l, damped(l, damping), mask);
    with_pools([&](const Work& work) {
      const std::vector<float> got = solved(work, l, mask, damping);
      double off = 0, length = 0;
      for (std::size_t i = 0; i < got.size(); ++i) {
        const double difference = static_cast<double>(got[i]) - static_cast<double>(want[i]);
        off += difference * difference;
        length += static_cast<double>(want[i]) * static_cast<double>(want[i]);
      }
      EXPECT_LT(std::sqrt(off / length), 1e-3) << damping;
    });
  }
}

TEST(Pruning, KeepsToThePatternWithTheSameBitsOnAnyNumberOfThreads) {
  const Sparsity patterns[] = {half,
                               {block, 1, 1, 0.83, 0},
                               {block, 4, 1, 0.5, 0},
                               {block, 7, 5, 0.4, 0},
                               {n_of_m, 1, 4, 0, 2},
                               {n_of_m, 1, 20, 0, 3}};
  const Layer l = layer(30, 60, 1);
  for (const Sparsity& pattern : patterns) {
    Pruned first;
    with_pools([&](const Work& work) {
      const Pruned got = pruned(work, l, pattern);
      std::vector<float> scores(got.mask.begin(), got.mask.end());
      Mask again(scores.size());
      ASSERT_TRUE(select_mask(work, scores.data(), l.rows, l.columns, pattern, again.data()));
      EXPECT_EQ(got.mask, again);  // only a mask of the pattern is its own choice
      for (std::size_t i = 0; i < got.mask.size(); ++i) {
        if (!got.mask[i]) {
          ASSERT_EQ(got.weights[i], 0);
        }
      }
      if (first.mask.empty()) first = got;
      EXPECT_EQ(got, first);
    });
  }
}

TEST(Pruning, LeavesFarLessErrorThanZeroingDoes) {
  const Sparsity patterns[] = {
      half, {block, 1, 1, 0.8, 0}, {block, 4, 1, 0.5, 0}, {block, 8, 4, 0.5, 0}, {n_of_m, 1, 4, 0, 2}};
  ThreadPool pool(2);
  const std::atomic<bool> cancelled{false};
  const Work work{pool, cancelled};
  for (const Sparsity& pattern : patterns) {
    const Layer l = layer(16, 64, 3);
    const Pruned got = pruned(work, l, pattern);
    const double error = error_of(l, l.gram, got.weights);
    EXPECT_LT(error, 0.2 * error_of(l, l.gram, zeroed(work, l, pattern, magnitude)));
    EXPECT_LT(error, 0.25 * error_of(l, l.gram, zeroed(work, l, pattern, wanda)));
    // The mask too is better than Wanda's, and what stays is solved to the end.
    const std::vector<double> h = damped(l, 0.01);
    const std::vector<float> rival = zeroed(work, l, pattern, wanda);
    Mask mask(rival.size());
    for (std::size_t i = 0; i < mask.size(); ++i) mask[i] = rival[i] != 0;
    EXPECT_LT(error_of(l, h, got.weights), error_of(l, h, exact(l, h, mask)));
    EXPECT_LT(error_of(l, h, got.weights), 1.01 * error_of(l, h, exact(l, h, got.mask)));
  }
}

TEST(Pruning, IsCloseToMagnitudeWhereInputsAreIndependent) {
  Layer l = layer(40, 80, 4);
  for (std::size_t i = 0; i < l.gram.size(); ++i) l.gram[i] = i % 81 == 0 ? 2 : 0;
  with_pools([&](const Work& work) {
    const Pruned got = pruned(work, l, half);
    EXPECT_LT(error_of(l, l.gram, got.weights), 1.05 * error_of(l, l.gram, zeroed(work, l, half, magnitude)));
    for (std::size_t i = 0; i < got.mask.size(); ++i) {
      ASSERT_EQ(got.weights[i], got.mask[i] ? l.weights[i] : 0);
    }
  });
}

TEST(Pruning, ReadsTheLowerTriangleOnly) {
  Layer l = layer(8, 90, 5);
  with_pools([&](const Work& work) {
    const Pruned want = pruned(work, l, half);
    const std::vector<float> wanted = solved(work, l, want.mask);
    for (std::size_t i = 0; i < l.gram.size(); ++i) {
      if (i % 90 > i / 90) l.gram[i] = std::numeric_limits<double>::quiet_NaN();
    }
    EXPECT_EQ(pruned(work, l, half), want);
    EXPECT_EQ(solved(work, l, want.mask), wanted);
  });
}

TEST(Pruning, ScalingTheMatrixByPowersOfTwoChangesNothing) {
  Layer l = layer(10, 30, 6);
  with_pools([&](const Work& work) {
    const Pruned want = pruned(work, l, half);
    Layer scaled = l;
    for (double& h : scaled.gram) h = std::ldexp(h, -200);
    EXPECT_EQ(pruned(work, scaled, half), want);
  });
}

TEST(Pruning, TakesWeightsOfUnusedColumnsFirstAndLeavesThoseThatStay) {
  Layer l = layer(12, 80, 6);
  const auto dead = [](std::size_t j) { return j % 8 == 2; };
  for (std::size_t i = 0; i < l.gram.size(); ++i) {
    if (dead(i / 80) || dead(i % 80)) l.gram[i] = 0;
  }
  with_pools([&](const Work& work) {
    for (const double damping : {0.0, 0.01}) {
      const Pruned got = pruned(work, l, half, damping);
      for (std::size_t i = 0; i < got.mask.size(); ++i) {
        if (dead(i % 80)) {
          ASSERT_EQ(got.mask[i], 0);
        }
      }
      Mask mask = random_mask(got.mask.size(), 0.5, 7);
      const std::vector<float> z = solved(work, l, mask, damping);
      for (std::size_t i = 0; i < mask.size(); ++i) {
        if (dead(i % 80)) {
          ASSERT_EQ(z[i], mask[i] ? l.weights[i] : 0);
        }
      }
    }
  });
}

/// By the diagonal more steps lead to the same end; slabs of rows do not matter.
TEST(Refit, EndsAtLeastSquaresHoweverItIsConditioned) {
  const Layer l = layer(520, 12, 8);
  const std::vector<double> h = damped(l, 0.01);
  const Mask mask = random_mask(l.weights.size(), 0.4, 9);
  const std::vector<float> want = exact(l, h, mask);
  const GramColumns columns{l.gram.data(), l.columns, nullptr, l.columns};
  with_pools([&](const Work& work) {
    for (const bool by_inverse : {true, false}) {
      for (const std::size_t rows : {std::size_t{3}, l.rows}) {  // the inverse as a factor, and written out
        GramInverse inverse(work, l.columns, rows);
        const DampedFactor factor = factor_damped(work, columns, 0.01, inverse.factor());
        inverse.prepare();
        std::vector<float> z(rows * l.columns);
        for (std::size_t i = 0; i < z.size(); ++i) z[i] = mask[i] ? l.weights[i] : 0;
        refit(work, DampedGram(columns, factor.added), &inverse, l.weights.data(), mask.data(), rows,
              {100, 1e-12, by_inverse}, z.data());
        for (std::size_t i = 0; i < z.size(); ++i) ASSERT_NEAR(z[i], want[i], 1e-4);
      }
    }
  });
}

TEST(Pruning, RaisesTheDampingWhereItMust) {
  Layer l = layer(4, 30, 8);
  // 1 on the diagonal and -0.2 elsewhere: the least eigenvalue is 1 - 29 * 0.2 = -4.8.
  for (std::size_t i = 0; i < l.gram.size(); ++i) l.gram[i] = i % 31 == 0 ? 1 : -0.2;
  with_pools([&](const Work& work) {
    std::vector<float> z(l.weights.size());
    Mask mask(z.size());
    const PruningResult mended = prune_weights(work, problem_of(l, &half, 0.06), z.data(), mask.data());
    EXPECT_EQ(mended.outcome, GramOutcome::solved);
    EXPECT_NEAR(mended.damping, 6, 6 * 3 * unit_roundoff);
    EXPECT_EQ(prune_weights(work, problem_of(l, &half, 0.001), z.data(), mask.data()).outcome,
              GramOutcome::not_positive);
  });
}

TEST(Pruning, RefusesWhatIsNotFinite) {
  with_pools([&](const Work& work) {
    Layer l = layer(4, 30, 9);
    std::vector<float> z(l.weights.size());
    Mask mask(z.size());
    l.weights[50] = infinity;
    EXPECT_EQ(prune_weights(work, problem_of(l, &half), z.data(), mask.data()).outcome,
              GramOutcome::not_finite);
    l = layer(4, 30, 9);
    l.gram[29 * 30 + 3] = std::numeric_limits<double>::quiet_NaN();
    EXPECT_EQ(prune_weights(work, problem_of(l, nullptr), z.data(), mask.data()).outcome,
              GramOutcome::not_finite);
  });
}

TEST(Pruning, OfNothingIsNothing) {
  with_pools([&](const Work& work) {
    for (const auto& [rows, columns] : std::vector<std::pair<std::size_t, std::size_t>>{{0, 5}, {5, 0}}) {
      const Layer l = layer(rows, columns, 1);
      EXPECT_EQ(prune_weights(work, problem_of(l, &half), nullptr, nullptr).outcome, GramOutcome::solved);
    }
  });
}

TEST(Pruning, OfEverythingOrNothingOfALayer) {
  const Layer l = layer(6, 20, 2);
  with_pools([&](const Work& work) {
    EXPECT_EQ(pruned(work, l, {block, 1, 1, 1, 0}).weights, std::vector<float>(120));
    EXPECT_EQ(pruned(work, l, {block, 1, 1, 0, 0}).weights, l.weights);
  });
}

}  // namespace
