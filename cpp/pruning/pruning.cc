#include "pruning.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "../threadPool.h"
#include "dampedGram.h"
#include "refit.h"
#include "slabs.h"
#include "splitting.h"

namespace {

/// What is spent on a matrix.
struct Effort {
  /// Most multiplications of one step, about: rows * columns^2, and a part of a factorization.
  double size;
  Search search;
  /// Of the weights that the search leaves behind.
  Precision after;
};

/// Where no mask is searched the solution is all there is to do: some fifty steps take it to within 1e-4.
constexpr Precision of_mask{200, 1e-8, true};

const Effort& effort_of(const PruningProblem& p) {
  static const Effort efforts[] = {
      {2e8, {{0.06, 0.15, 0.4, 1}, 4}, {12, 1e-4, true}},
      {3e9, {{0.15, 0.4, 1}, 3}, {6, 1e-3, true}},
      {std::numeric_limits<double>::infinity(), {{0.3, 1}, 2}, {4, 1e-3, false}},
  };
  const double rows = static_cast<double>(p.rows), columns = static_cast<double>(p.columns);
  const double size = columns * columns * (rows + columns / 4);
  return *std::find_if(std::begin(efforts), std::end(efforts) - 1,
                       [&](const Effort& effort) { return size <= effort.size; });
}

bool all_finite(const PruningProblem& p) {
  return std::all_of(p.weights, p.weights + p.rows * p.columns, [](float w) { return std::isfinite(w); });
}

}  // namespace

PruningResult prune_weights(const Work& work, const PruningProblem& p, float* pruned, std::uint8_t* mask) {
  if (p.rows == 0 || p.columns == 0) return {GramOutcome::solved, p.damping};
  if (!all_finite(p)) return {GramOutcome::not_finite, p.damping};
  const GramColumns columns{p.gram, p.columns, nullptr, p.columns};
  GramInverse inverse(work, p.columns, p.rows);
  const DampedFactor damped = factor_damped(work, columns, p.damping, inverse.factor());
  if (damped.outcome != GramOutcome::solved) return {damped.outcome, damped.damping};
  const DampedGram gram(columns, damped.added);
  const Effort& effort = effort_of(p);
  const Precision& precision = p.pattern ? effort.after : of_mask;
  if (p.pattern) {
    if (!search_mask(work, p, gram, effort.search, inverse, pruned, mask)) {
      return {GramOutcome::not_finite, damped.damping};
    }
    if (precision.by_inverse) factor_damped(work, columns, damped.damping, inverse.factor());
  } else {
    for (std::size_t i = 0; i < p.rows * p.columns; ++i) pruned[i] = mask[i] ? p.weights[i] : 0;
  }
  if (precision.by_inverse) inverse.prepare();
  refit(work, gram, &inverse, p.weights, mask, p.rows, precision, pruned);
  return {GramOutcome::solved, damped.damping};
}
