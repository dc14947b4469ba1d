#pragma once
#include <cstddef>
#include <cstdint>

#include "dampedGram.h"
#include "gramInverse.h"

struct Work;

/// When a refit is good enough.
struct Precision {
  int steps;
  /// It ends when a step takes less than this share off what is left of the error.
  double tolerance;
  /// Steps are conditioned by the inverse of H instead of its diagonal.
  bool by_inverse;
};

/// Solves for the weights that stay: from z[rows, columns] on, whose zeros are where mask is 0, to the least
/// of
///     tr((w - z) * H * transpose(w - z))
/// over all such z, for every row by conjugate gradients (Hestenes and Stiefel 1952). With the Cholesky
/// factor L of H each step is conditioned by inverse(H), cut to the weights that stay: some ten steps reach
/// the exact solution to 1e-4 of the error where the diagonal of H, which is taken without a factor, needs
/// forty. A step costs a product with H, and as much again for the solves with L. The same bits for any
/// number of threads. Throws std::bad_alloc.
void refit(const Work& work, const DampedGram& gram, const GramInverse* inverse, const float* weights,
           const std::uint8_t* mask, std::size_t rows, const Precision& precision, float* z);
