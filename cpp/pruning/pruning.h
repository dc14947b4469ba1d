#pragma once
#include <cstddef>
#include <cstdint>

#include "../cholesky/damped.h"
#include "../sparsity/sparsity.h"

struct Work;

/// Weights w[rows, columns] (float32, finite) of which some become 0 and the others make up for it, so that
/// the outputs for typical inputs move little: the least of
///     tr((w - z) * H * transpose(w - z))
/// over the z[rows, columns] whose zeros lie as `pattern` or `mask` want it, where H[columns, columns] is the
/// inputs' Gram matrix or covariance. H is symmetric; only its lower triangle is read. Scaling H changes
/// nothing.
struct PruningProblem {
  const float* weights;
  std::size_t rows, columns;
  const double* gram;
  /// Null when the mask is given.
  const Sparsity* pattern;
  /// Share of the mean of H's diagonal that is added to each element of it, for inputs not seen.
  double damping;
};

struct PruningResult {
  GramOutcome outcome;
  double damping;
};

/// With a pattern, writes mask[rows, columns] (1: stays, 0: zero) and the new weights; without, takes the
/// mask as it is. First the mask is searched by splitting (splitting.h), then the weights that stay are
/// solved for (refit.h). Larger matrices get fewer steps of both; how many depends on rows and columns alone.
/// With a given mask the steps go on to the exact solution: off by 1e-4 of its length on layers of up to 2304
/// columns, where the few steps behind a search leave 6 to 16% more error than there has to be.
///
/// A column whose diagonal is not above 0 was never used: its weights go first and keep their value where
/// they stay. The same bits for any number of threads. Throws std::bad_alloc.
///
/// Of the error that zeroing the smallest weights leaves on the 43 layers of PP-OCRv4 that have twice as many
/// samples as inputs, there remain (geometric mean; at 50% zeros, 2:4, 80% zeros)
///     Wanda (Sun et al. 2023, "A simple and effective pruning approach")                  0.50  0.64  0.62
///     Wanda's mask, exact least squares                                                   0.10  0.10  0.16
///     SparseGPT (Frantar and Alistarh 2023), mask and update in blocks of 128 columns     0.15  0.13  0.26
///     this, most effort                                                                   0.062 0.070 0.087
///     this, least effort                                                                  0.075 0.080 0.109
PruningResult prune_weights(const Work& work, const PruningProblem& problem, float* pruned,
                            std::uint8_t* mask);
