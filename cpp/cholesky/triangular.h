#pragma once
#include <cstddef>

class ProductSpace;
struct Work;

/// Solves with a lower triangular L[n, n] whose diagonal is not 0, for many right sides at once. Rows of L
/// and of the right sides are `stride` apart; `space` is for as many rows as come and n columns. What stands
/// above L's diagonal is not read. Recursive halving, so that nearly all work is matrix products. The
/// backward error of each solve is at most (n + 1) * 2^-53 * |L| element by element to first order (Higham
/// 2002, "Accuracy and Stability of Numerical Algorithms", theorem 8.5). The same bits for any number of
/// threads.
struct TriangularSolver {
  const Work& work;
  const ProductSpace& space;
  std::size_t stride;

  /// x[rows, n] becomes x * inverse(L).
  void solve(double* x, std::size_t rows, const double* l, std::size_t n) const;

  /// x[rows, n] becomes x * inverse(transpose(L)).
  void solve_transposed(double* x, std::size_t rows, const double* l, std::size_t n) const;
};
