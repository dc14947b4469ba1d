#include "leastSquares.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "../cholesky/triangular.h"
#include "../product/product.h"
#include "slabs.h"

namespace {

using Columns = std::vector<std::size_t>;

Columns without(std::size_t columns, const Columns& kept) {
  Columns removed;
  for (std::size_t i = 0, next = 0; i < columns; ++i) {
    if (next < kept.size() && kept[next] == i) {
      ++next;
    } else {
      removed.push_back(i);
    }
  }
  return removed;
}

/// w[first …, removed] as a left operand.
Pack weights_of(const LeastSquaresProblem& p, std::size_t first, std::size_t rows, const Columns& removed) {
  return [&p, first, rows, &removed](std::size_t panel, std::size_t from, std::size_t depth, double* to) {
    for (std::size_t k = from; k < from + depth; ++k) {
      for (std::size_t r = panel * panel_width; r < (panel + 1) * panel_width; ++r) {
        *to++ = r < rows ? static_cast<double>(p.weights[(first + r) * p.columns + removed[k]]) : 0.0;
      }
    }
  };
}

/// H[removed, kept] as a right operand.
Pack gram_of(const GramColumns& all, const Columns& removed, const Columns& kept) {
  return [=, &removed, &kept](std::size_t panel, std::size_t from, std::size_t depth, double* to) {
    for (std::size_t k = from; k < from + depth; ++k) {
      for (std::size_t j = panel * panel_width; j < (panel + 1) * panel_width; ++j) {
        *to++ = j < kept.size() ? all.at(removed[k], kept[j]) : 0.0;
      }
    }
  };
}

bool all_finite(const LeastSquaresProblem& p) {
  const GramColumns all{p.gram, p.columns, nullptr, p.columns};
  return all.all_finite() && std::all_of(p.weights, p.weights + p.rows * p.columns,
                                         [](float weight) { return std::isfinite(weight); });
}

}  // namespace

LeastSquaresResult least_squares(const Work& work, const LeastSquaresProblem& p, float* refitted) {
  if (!all_finite(p)) return {GramOutcome::not_finite, p.damping};
  const Columns kept(p.kept, p.kept + p.count), removed = without(p.columns, kept);
  const GramColumns all{p.gram, p.columns, nullptr, p.columns};
  const Doubles factor = doubles(p.count * p.count);
  const DampedFactor damped =
      factor_damped(work, {p.gram, p.columns, kept.data(), p.count}, p.damping, factor.get());
  if (damped.outcome != GramOutcome::solved) return {damped.outcome, damped.damping};
  const std::size_t most = std::min(p.rows, slab_rows);
  const ProductSpace space(most, p.count);
  const Doubles moved = doubles(most * p.count);
  for_each_slab(p.rows, [&](std::size_t first, std::size_t rows) {
    std::fill_n(moved.get(), rows * p.count, 0.0);
    multiply(&work,
             {rows, p.count, removed.size(), weights_of(p, first, rows, removed), gram_of(all, removed, kept),
              moved.get(), p.count},
             space);
    const TriangularSolver solver{work, space, p.count};
    solver.solve_transposed(moved.get(), rows, factor.get(), p.count);
    solver.solve(moved.get(), rows, factor.get(), p.count);
    for_each_row(work, rows, [&](std::size_t r) {
      const float* w = p.weights + (first + r) * p.columns;
      for (std::size_t j = 0, i = r * p.count; j < p.count; ++j, ++i) {
        refitted[first * p.count + i] = static_cast<float>(static_cast<double>(w[kept[j]]) + moved[i]);
      }
    });
  });
  return {GramOutcome::solved, damped.damping};
}
