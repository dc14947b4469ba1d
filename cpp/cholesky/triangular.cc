#include "triangular.h"

#include <algorithm>

#include "../product/product.h"
#include "../roundUp.h"
#include "../threadPool.h"
#include "halves.h"

namespace {

/// Rows that one task takes.
constexpr std::size_t task_rows = 32;

template <class Body>
void for_each_row(const TriangularSolver& solver, double* x, std::size_t rows, const Body& body) {
  solver.work.for_each(ceil_div(rows, task_rows), [&](std::size_t t) {
    for (std::size_t r = t * task_rows; r < std::min(rows, (t + 1) * task_rows); ++r) {
      body(x + r * solver.stride);
    }
  });
}

void solve_leaf(const TriangularSolver& solver, double* x, std::size_t rows, const double* l, std::size_t n) {
  for_each_row(solver, x, rows, [&](double* row) {
    for (std::size_t k = n; k-- > 0;) {
      const double *own = l + k * solver.stride, solved = row[k] /= own[k];
      for (std::size_t j = 0; j < k; ++j) row[j] -= solved * own[j];
    }
  });
}

void solve_transposed_leaf(const TriangularSolver& solver, double* x, std::size_t rows, const double* l,
                           std::size_t n) {
  double columns[leaf * leaf];  // of l, so that the innermost loop runs along memory
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t k = 0; k <= i; ++k) columns[k * leaf + i] = l[i * solver.stride + k];
  }
  for_each_row(solver, x, rows, [&](double* row) {
    for (std::size_t k = 0; k < n; ++k) {
      const double *own = columns + k * leaf, solved = row[k] /= own[k];
      for (std::size_t j = k + 1; j < n; ++j) row[j] -= solved * own[j];
    }
  });
}

/// to[rows, b.rows] -= from[rows, depth] * b
void subtract(const TriangularSolver& solver, double* to, const double* from, std::size_t rows,
              const Operand& b, std::size_t depth) {
  const Operand a{from, rows, solver.stride, 1, -1};
  multiply(&solver.work, {rows, b.rows, depth, a.pack(), b.pack(), to, solver.stride}, solver.space);
}

}  // namespace

/// [x y] * inverse([l 0; b m]): first y, then what is left of x.
void TriangularSolver::solve(double* x, std::size_t rows, const double* l, std::size_t n) const {
  if (n <= leaf) return solve_leaf(*this, x, rows, l, n);
  const std::size_t left = half(n), right = n - left;
  const double* below = l + left * stride;
  solve(x + left, rows, below + left, right);
  subtract(*this, x, x + left, rows, {below, left, 1, stride}, right);
  solve(x, rows, l, left);
}

/// [x y] * inverse(transpose([l 0; b m])): first x, then what is left of y.
void TriangularSolver::solve_transposed(double* x, std::size_t rows, const double* l, std::size_t n) const {
  if (n <= leaf) return solve_transposed_leaf(*this, x, rows, l, n);
  const std::size_t left = half(n), right = n - left;
  const double* below = l + left * stride;
  solve_transposed(x, rows, l, left);
  subtract(*this, x + left, x, rows, {below, right, stride, 1}, left);
  solve_transposed(x + left, rows, below + left, right);
}
