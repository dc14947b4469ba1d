#pragma once
#include <cstddef>
#include <cstdint>

#include "../cholesky/damped.h"

struct Work;

/// Weights w[rows, columns] (float32, finite) of a layer that loses all inputs but those in K, `count` rising
/// columns. H[columns, columns] is the inputs' Gram matrix or covariance; only its lower triangle is read.
struct LeastSquaresProblem {
  const float* weights;
  std::size_t rows, columns;
  const double* gram;
  const std::int32_t* kept;
  std::size_t count;
  /// Share of the mean of the diagonal of H[K, K] that is added to each element of it.
  double damping;
};

struct LeastSquaresResult {
  GramOutcome outcome;
  double damping;
};

/// The weights z[rows, count] whose outputs come closest to those of before, with R the columns that go:
///     z = w[:, K] + w[:, R] * H[R, K] * inverse(H[K, K] + damping)
/// the least of tr((w - z) * H * transpose(w - z)), z taken as 0 in R, plus damping * |w[:, K] - z|^2:
/// damping holds weights where they were, so that without R nothing changes. A column of K that no input ever
/// used keeps its weights. The same bits for any number of threads. Throws std::bad_alloc.
LeastSquaresResult least_squares(const Work& work, const LeastSquaresProblem& problem, float* refitted);
