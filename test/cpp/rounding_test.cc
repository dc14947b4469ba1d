#include "rounding/rounding.h"

#include <algorithm>
#include <numeric>

#include "layer.h"
#include "support.h"

namespace {

RoundingProblem problem_of(const Layer& l, double damping = 0.01) {
  return {l.weights.data(), l.rows, l.columns, l.gram.data(), l.scales.data(), -127, 127, damping};
}

/// The rounding as its paper has it: Gaussian elimination of the inverse, column by column. In long double,
/// so that it agrees with double wherever a choice is not a tie.
std::vector<std::int8_t> twin(const RoundingProblem& p, double damping) {
  using Real = long double;
  const std::size_t n = p.columns;
  std::vector<std::size_t> order(n);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return p.gram[a * n + a] > p.gram[b * n + b]; });
  Real mean = 0;
  for (std::size_t i = 0; i < n; ++i) mean += p.gram[i * n + i] / static_cast<Real>(n);
  std::vector<Real> h(n * n), inverse(n * n);
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < n; ++j) h[i * n + j] = p.gram[order[i] * n + order[j]];
    if (h[i * n + i] <= 0) h[i * n + i] = 1;
    h[i * n + i] += damping * mean;
    inverse[i * n + i] = 1;
  }
  for (std::size_t k = 0; k < n;
       ++k) {  // Gauss and Jordan; no pivots are needed for positive definite matrices
    const Real pivot = h[k * n + k];
    for (std::size_t j = 0; j < n; ++j) h[k * n + j] /= pivot, inverse[k * n + j] /= pivot;
    for (std::size_t i = 0; i < n; ++i) {
      const Real factor = h[i * n + k];
      if (i == k) continue;
      for (std::size_t j = 0; j < n; ++j) {
        h[i * n + j] -= factor * h[k * n + j];
        inverse[i * n + j] -= factor * inverse[k * n + j];
      }
    }
  }
  std::vector<Real> w(p.rows * n);
  std::vector<std::int8_t> q(p.rows * n);
  for (std::size_t r = 0; r < p.rows; ++r) {
    for (std::size_t k = 0; k < n; ++k) w[r * n + k] = p.weights[r * n + order[k]];
  }
  for (std::size_t k = 0; k < n; ++k) {
    for (std::size_t r = 0; r < p.rows; ++r) {
      const Real s = p.scales[r], value = w[r * n + k];
      const Real kept = std::clamp<Real>(std::nearbyint(value / s), p.qmin, p.qmax);
      q[r * n + order[k]] = static_cast<std::int8_t>(kept);
      const Real error = (value - kept * s) / inverse[k * n + k];
      for (std::size_t j = k + 1; j < n; ++j) w[r * n + j] -= error * inverse[k * n + j];
    }
    for (std::size_t i = k + 1; i < n; ++i) {  // the column is settled: out of the inverse with it
      const Real factor = inverse[i * n + k] / inverse[k * n + k];
      for (std::size_t j = k + 1; j < n; ++j) inverse[i * n + j] -= factor * inverse[k * n + j];
    }
  }
  return q;
}

std::vector<std::int8_t> nearest(const RoundingProblem& p) {
  std::vector<std::int8_t> q(p.rows * p.columns);
  for (std::size_t i = 0; i < q.size(); ++i) {
    const float ratio = std::nearbyint(p.weights[i] / p.scales[i / p.columns]);
    q[i] =
        static_cast<std::int8_t>(std::clamp(ratio, static_cast<float>(p.qmin), static_cast<float>(p.qmax)));
  }
  return q;
}

double cost(const RoundingProblem& p, const std::vector<std::int8_t>& q) {
  const std::size_t n = p.columns;
  double total = 0;
  std::vector<double> e(n);
  for (std::size_t r = 0; r < p.rows; ++r) {
    for (std::size_t j = 0; j < n; ++j) {
      e[j] = static_cast<double>(p.weights[r * n + j]) - q[r * n + j] * static_cast<double>(p.scales[r]);
    }
    for (std::size_t i = 0; i < n * n; ++i) total += e[i / n] * p.gram[i] * e[i % n];
  }
  return total;
}

std::vector<std::int8_t> rounded(const Work& work, const RoundingProblem& p, double damping) {
  std::vector<std::int8_t> q(p.rows * p.columns, 99);
  const RoundingResult result = round_weights(work, p, q.data());
  EXPECT_EQ(result.outcome, GramOutcome::solved);
  EXPECT_EQ(result.damping, damping);
  return q;
}

TEST(Rounding, EqualsEliminationOfTheInverseOnAnyNumberOfThreads) {
  for (const auto& [rows, columns] : std::vector<std::pair<std::size_t, std::size_t>>{
           {1, 1}, {3, 2}, {17, 9}, {5, 63}, {20, 64}, {33, 65}, {40, 130}}) {
    SCOPED_TRACE(std::to_string(rows) + " x " + std::to_string(columns));
    const Layer l = layer(rows, columns, static_cast<unsigned>(columns));
    const std::vector<std::int8_t> want = twin(problem_of(l), 0.01);
    with_pools([&](const Work& work) { EXPECT_EQ(rounded(work, problem_of(l), 0.01), want); });
  }
}

TEST(Rounding, CostsLessThanRoundingToNearest) {
  for (std::size_t columns : {20, 70, 150}) {
    const Layer l = layer(30, columns, 3);
    with_pools([&](const Work& work) {
      const std::vector<std::int8_t> q = rounded(work, problem_of(l), 0.01);
      EXPECT_LT(cost(problem_of(l), q), 0.5 * cost(problem_of(l), nearest(problem_of(l))));
    });
  }
}

TEST(Rounding, IsToNearestWhereInputsAreIndependent) {
  Layer l = layer(10, 70, 4);
  for (std::size_t i = 0; i < l.gram.size(); ++i)
    l.gram[i] = i % 71 == 0 ? 1.0 + static_cast<double>(i) : 0.0;
  with_pools(
      [&](const Work& work) { EXPECT_EQ(rounded(work, problem_of(l), 0.01), nearest(problem_of(l))); });
}

TEST(Rounding, ReadsTheLowerTriangleOnly) {
  Layer l = layer(8, 90, 5);
  with_pools([&](const Work& work) {
    const std::vector<std::int8_t> want = rounded(work, problem_of(l), 0.01);
    for (std::size_t i = 0; i < l.gram.size(); ++i) {
      if (i % 90 > i / 90) l.gram[i] = std::numeric_limits<double>::quiet_NaN();
    }
    EXPECT_EQ(rounded(work, problem_of(l), 0.01), want);
  });
}

TEST(Rounding, LeavesUnusedColumnsToThemselves) {
  Layer l = layer(12, 80, 6);
  for (std::size_t i = 0; i < l.gram.size(); ++i) {
    if (i / 80 % 7 == 2 || i % 80 % 7 == 2) l.gram[i] = 0;
  }
  const std::vector<std::int8_t> near = nearest(problem_of(l));
  with_pools([&](const Work& work) {
    const std::vector<std::int8_t> q = rounded(work, problem_of(l, 0), 0);
    for (std::size_t i = 0; i < q.size(); ++i) {
      if (i % 80 % 7 == 2) {
        ASSERT_EQ(q[i], near[i]);
      }
    }
    EXPECT_LT(cost(problem_of(l), q), cost(problem_of(l), near));
  });
}

TEST(Rounding, StaysWithinItsIntegers) {
  Layer l = layer(9, 40, 7);
  RoundingProblem p = problem_of(l);
  p.qmin = -3;
  p.qmax = 2;
  with_pools([&](const Work& work) {
    const std::vector<std::int8_t> q = rounded(work, p, 0.01);
    EXPECT_EQ(*std::min_element(q.begin(), q.end()), -3);
    EXPECT_EQ(*std::max_element(q.begin(), q.end()), 2);
    EXPECT_EQ(q, twin(p, 0.01));
  });
}

TEST(Rounding, RaisesTheDampingWhereItMust) {
  Layer l = layer(4, 30, 8);
  // 1 on the diagonal and -0.2 elsewhere: the least eigenvalue is 1 - 29 * 0.2 = -4.8.
  for (std::size_t i = 0; i < l.gram.size(); ++i) l.gram[i] = i % 31 == 0 ? 1 : -0.2;
  with_pools([&](const Work& work) {
    std::vector<std::int8_t> q(l.weights.size());
    const RoundingResult mended = round_weights(work, problem_of(l, 0.06), q.data());
    EXPECT_EQ(mended.outcome, GramOutcome::solved);
    EXPECT_NEAR(mended.damping, 6, 6 * 3 * unit_roundoff);
    EXPECT_EQ(round_weights(work, problem_of(l, 0.001), q.data()).outcome, GramOutcome::not_positive);
  });
}

TEST(Rounding, RefusesWhatIsNotFinite) {
  with_pools([&](const Work& work) {
    Layer l = layer(4, 30, 9);
    std::vector<std::int8_t> q(l.weights.size());
    l.weights[50] = not_a_number;
    EXPECT_EQ(round_weights(work, problem_of(l), q.data()).outcome, GramOutcome::not_finite);
    l = layer(4, 30, 9);
    l.gram[29 * 30 + 3] = std::numeric_limits<double>::infinity();
    EXPECT_EQ(round_weights(work, problem_of(l), q.data()).outcome, GramOutcome::not_finite);
  });
}

TEST(Rounding, OfNothingIsNothing) {
  with_pools([&](const Work& work) {
    for (const auto& [rows, columns] : std::vector<std::pair<std::size_t, std::size_t>>{{0, 5}, {5, 0}}) {
      const Layer l = layer(rows, columns, 1);
      EXPECT_EQ(round_weights(work, problem_of(l), nullptr).outcome, GramOutcome::solved);
    }
  });
}

}  // namespace
