#include "damped.h"

#include <algorithm>
#include <cmath>

#include "../roundUp.h"
#include "../threadPool.h"
#include "cholesky.h"

namespace {

/// Rows that one task takes.
constexpr std::size_t task_rows = 16;
constexpr int attempts = 4;

void arrange(const Work& work, const GramColumns& gram, double added, double* l) {
  const std::size_t n = gram.count;
  work.for_each(ceil_div(n, task_rows), [&](std::size_t t) {
    for (std::size_t i = t * task_rows; i < std::min(n, (t + 1) * task_rows); ++i) {
      const bool dead = gram.is_dead(i);
      for (std::size_t j = 0; j < i; ++j) l[i * n + j] = dead || gram.is_dead(j) ? 0.0 : gram.at(i, j);
      l[i * n + i] = !dead ? gram.at(i, i) + added : added > 0 ? added : 1.0;
    }
  });
}

}  // namespace

double GramColumns::mean() const {
  double sum = 0;
  for (std::size_t i = 0; i < count; ++i) sum += std::max(at(i, i), 0.0);
  return count > 0 ? sum / static_cast<double>(count) : 0;
}

bool GramColumns::all_finite() const {
  for (std::size_t i = 0; i < count; ++i) {
    for (std::size_t j = 0; j <= i; ++j) {
      if (!std::isfinite(at(i, j))) return false;
    }
  }
  return true;
}

DampedFactor factor_damped(const Work& work, const GramColumns& gram, double damping, double* l) {
  if (!gram.all_finite()) return {GramOutcome::not_finite, damping, 0};
  const double mean = gram.mean();
  for (int attempt = 0; attempt < attempts; ++attempt, damping *= 10) {
    arrange(work, gram, damping * mean, l);
    if (cholesky_factor(work, l, gram.count)) return {GramOutcome::solved, damping, damping * mean};
  }
  return {GramOutcome::not_positive, damping, 0};
}
