#pragma once
#include <cstddef>
#include <vector>

#include "reflections.h"

struct Work;

/// An upper bidiagonal matrix B, and reflections from both sides: A = H_0 * H_1 … * B * … G_1 * G_0.
struct Bidiagonal {
  std::size_t n;
  /// B's diagonal[n] and what stands to the right of it, above[n - 1].
  std::vector<double> diagonal, above;
  std::vector<double> left_tau, right_tau;

  /// H and G, with the matrix that `bidiagonalize` left. G leaves the first element alone: it takes vectors
  /// from their second element on.
  Reflections left(const double* a) const { return {a, n, n, 1, n, left_tau.data()}; }
  Reflections right(const double* a) const { return {a + 1, n - 1, n - 1, n, 1, right_tau.data()}; }
};

/// Reduces A[n, n] to bidiagonal form by reflections of columns and rows in turn, in panels (Dongarra,
/// Sorensen and Hammarling 1989, "Block reduction of matrices to condensed forms for eigenvalue
/// computations", section 4): half of the work is products of the matrix with single vectors, the other half
/// matrix products. A holds the reflections afterwards: v_i below the diagonal of column i, g_i right of the
/// one above it in row i. The same bits for any number of threads. Throws std::bad_alloc.
Bidiagonal bidiagonalize(const Work& work, double* a, std::size_t n);
