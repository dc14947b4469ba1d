#include "cholesky/cholesky.h"

#include <algorithm>

#include "arguments.h"
#include "cholesky/damped.h"
#include "cholesky/triangular.h"
#include "functions.h"
#include "product/product.h"

/// cholesky(matrix, size, damping, factor, out): out = [outcome, damping], outcome 0 solved, 1 not finite, 2
/// not positive definite
Napi::Value cholesky(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const std::size_t n = arguments.size(1, "size");
  const Span<double> matrix = arguments.array<double>(0, "matrix", n * n);
  const double damping = arguments.number(2, "damping");
  const Span<double> factor = arguments.array<double>(3, "factor", n * n);
  const Span<double> out = arguments.array<double>(4, "out", 2);
  return arguments.start([=](const Work& work) {
    const DampedFactor damped = factor_damped(work, {matrix.data, n, nullptr, n}, damping, factor.data);
    for (std::size_t i = 0; i < n; ++i) std::fill_n(factor.data + i * n + i + 1, n - i - 1, 0.0);
    out.data[0] = static_cast<double>(damped.outcome);
    out.data[1] = damped.damping;
  });
}

/// solveTriangular(factor, size, rows, transposed, x): x[rows, size] becomes x * inverse(L), or of its
/// transpose
Napi::Value solve_triangular(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const std::size_t n = arguments.size(1, "size"), rows = arguments.size(2, "rows");
  const Span<double> factor = arguments.array<double>(0, "factor", n * n);
  const bool transposed = arguments.integer(3, "transposed", 0, 1) == 1;
  const Span<double> x = arguments.array<double>(4, "x", rows * n);
  return arguments.start([=](const Work& work) {
    const ProductSpace space(rows, n);
    const TriangularSolver solver{work, space, n};
    if (transposed) {
      solver.solve_transposed(x.data, rows, factor.data, n);
    } else {
      solver.solve(x.data, rows, factor.data, n);
    }
  });
}

/// product(a, rows, depth, b, columns, transposed, c): c[rows, columns], zeros at first, becomes a * b, or a
/// * transpose(b)
Napi::Value product(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const std::size_t rows = arguments.size(1, "rows"), depth = arguments.size(2, "depth"),
                    columns = arguments.size(4, "columns");
  const Span<double> a = arguments.array<double>(0, "a", rows * depth);
  const Span<double> b = arguments.array<double>(3, "b", depth * columns);
  const bool transposed = arguments.integer(5, "transposed", 0, 1) == 1;
  const Span<double> c = arguments.array<double>(6, "c", rows * columns);
  return arguments.start([=](const Work& work) {
    const Operand left{a.data, rows, depth, 1};
    const Operand right =
        transposed ? Operand{b.data, columns, depth, 1} : Operand{b.data, columns, 1, columns};
    const ProductSpace space(rows, columns);
    multiply(&work, {rows, columns, depth, left.pack(), right.pack(), c.data, columns}, space);
  });
}
