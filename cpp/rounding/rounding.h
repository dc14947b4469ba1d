#pragma once
#include <cstddef>
#include <cstdint>

#include "../cholesky/damped.h"

struct Work;

/// Weights w[rows, columns] (float32, finite) to be rounded to q[rows, columns], one scale (finite, above 0)
/// a row, so that the outputs for typical inputs move little: row by row, the least of
///     (w - s * q) * H * transpose(w - s * q),    qmin <= q <= qmax,
/// where H[columns, columns] (double) is the inputs' Gram matrix or covariance. H is symmetric; only its
/// lower triangle is read. Scaling H changes nothing.
struct RoundingProblem {
  const float* weights;
  std::size_t rows, columns;
  const double* gram;
  const float* scales;
  std::int32_t qmin, qmax;
  /// Share of the mean of H's diagonal that is added to each element of it, for inputs not seen.
  double damping;
};

struct RoundingResult {
  GramOutcome outcome;
  /// What was needed: as given, or raised tenfold up to three times until H had a Cholesky factor.
  double damping;
};

/// Columns are rounded one after the other, those with the largest diagonal of H first, equal ones from left
/// to right; each takes over what the errors of those before it can be compensated by:
///     with H = L * transpose(L) in that order reversed, for k from last to first
///     q[k] = clamp(round((w[k] + sum over j > k of (w[j] - s * q[j]) * L[j, k] / L[k, k]) / s)),
/// ties to even. This makes each term of |transpose(L) * transpose(w - s * q)|^2 least in turn. It is the
/// rounding of Frantar et al. 2023, "GPTQ", with a fixed order (after Hassibi and Stork 1993, "Optimal brain
/// surgeon"), in the form without an inverse of Chee et al. 2023, "QuIP", section 3.2 and theorem 6.
/// A column whose diagonal is not above 0 was never used: it is rounded to nearest and bears on no other.
/// The same result for any number of threads. Throws std::bad_alloc.
RoundingResult round_weights(const Work& work, const RoundingProblem& problem, std::int8_t* q);
