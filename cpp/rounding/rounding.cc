#include "rounding.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <numeric>
#include <vector>

#include "../cholesky/damped.h"
#include "../product/product.h"
#include "../roundUp.h"
#include "../threadPool.h"

namespace {

/// Columns whose errors are handed on together, by a matrix product.
constexpr std::size_t block = 64;
/// Rows that one task takes.
constexpr std::size_t task_rows = 16;

using Doubles = std::unique_ptr<double[]>;

Doubles doubles(std::size_t n) { return std::make_unique_for_overwrite<double[]>(n); }

/// Columns by rising diagonal: the loop runs from the last to the first.
std::vector<std::size_t> order_of(const RoundingProblem& p) {
  std::vector<std::size_t> order(p.columns);
  std::iota(order.rbegin(), order.rend(), std::size_t{0});
  const auto diagonal = [&](std::size_t i) { return p.gram[i * p.columns + i]; };
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return diagonal(a) < diagonal(b); });
  return order;
}

class Rounding {
 public:
  Rounding(const Work& work, const RoundingProblem& problem, const std::vector<std::size_t>& order,
           const double* factor, std::int8_t* q)
      : work_(work),
        p_(problem),
        order_(order),
        factor_(factor),
        q_(q),
        errors_(doubles(problem.rows * problem.columns)),
        carried_(doubles(problem.rows * block)),
        space_(problem.rows, block) {}

  void run() {
    for (std::size_t end = p_.columns; end > 0;) {
      const std::size_t begin = end > block ? end - block : 0;
      carry(begin, end);
      work_.for_each(ceil_div(p_.rows, task_rows), [&](std::size_t t) {
        for (std::size_t r = t * task_rows; r < std::min(p_.rows, (t + 1) * task_rows); ++r) {
          round_row(r, begin, end);
        }
      });
      end = begin;
    }
  }

 private:
  /// What the errors of the columns from `end` on ask of those of a block, still to be divided by L[k, k].
  void carry(std::size_t begin, std::size_t end) {
    const std::size_t n = p_.columns, depth = n - end;
    std::fill_n(carried_.get(), p_.rows * block, 0.0);
    const Operand errors{errors_.get() + end, p_.rows, n, 1};
    const Operand below{factor_ + end * n + begin, end - begin, 1, n};
    multiply(&work_, {p_.rows, end - begin, depth, errors.pack(), below.pack(), carried_.get(), block},
             space_);
  }

  void round_row(std::size_t r, std::size_t begin, std::size_t end) {
    const std::size_t n = p_.columns;
    const double scale = static_cast<double>(p_.scales[r]), least = p_.qmin, most = p_.qmax;
    double *carried = carried_.get() + r * block, *errors = errors_.get() + r * n;
    for (std::size_t k = end; k-- > begin;) {
      const double* row = factor_ + k * n;
      const double weight = static_cast<double>(p_.weights[r * n + order_[k]]);
      const double wanted = (weight + carried[k - begin] / row[k]) / scale;
      // NaN, which only a matrix near the ends of double leads to, becomes qmin.
      const double kept = std::nearbyint(!(wanted >= least) ? least : wanted > most ? most : wanted);
      q_[r * n + order_[k]] = static_cast<std::int8_t>(kept);
      const double error = errors[k] = weight - kept * scale;
      for (std::size_t j = begin; j < k; ++j) carried[j - begin] += error * row[j];
    }
  }

  const Work& work_;
  const RoundingProblem& p_;
  const std::vector<std::size_t>& order_;
  const double* factor_;
  std::int8_t* q_;
  Doubles errors_, carried_;
  ProductSpace space_;
};

}  // namespace

RoundingResult round_weights(const Work& work, const RoundingProblem& p, std::int8_t* q) {
  if (p.rows == 0 || p.columns == 0) return {GramOutcome::solved, p.damping};
  const auto is_finite = [](float w) { return std::isfinite(w); };
  if (!std::all_of(p.weights, p.weights + p.rows * p.columns, is_finite)) {
    return {GramOutcome::not_finite, p.damping};
  }
  const std::vector<std::size_t> order = order_of(p);
  const Doubles factor = doubles(p.columns * p.columns);
  const GramColumns gram{p.gram, p.columns, order.data(), p.columns};
  const DampedFactor damped = factor_damped(work, gram, p.damping, factor.get());
  if (damped.outcome == GramOutcome::solved) Rounding(work, p, order, factor.get(), q).run();
  return {damped.outcome, damped.damping};
}
