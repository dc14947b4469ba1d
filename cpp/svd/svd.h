#pragma once
#include <cstddef>
#include <cstdint>

struct Work;

/// A matrix a[rows, columns], row-major, in double.
struct SvdProblem {
  const double* a;
  std::size_t rows, columns;

  std::size_t rank() const { return rows < columns ? rows : columns; }
};

enum class SvdOutcome : std::uint8_t {
  done,
  /// The matrix holds NaN or infinities.
  not_finite,
  /// The iteration did not come to an end. Finite matrices are not known to lead here.
  not_converged,
};

/// Singular value decomposition A = U * diag(s) * transpose(V), of which the leading k singular values s[k],
/// falling, and vectors u[rows, k], v[columns, k] are written: by QR to a square, reflections to a bidiagonal
/// and implicit QR (Golub and Van Loan 2013, "Matrix Computations", section 8.6), in blocks. With n = rows +
/// columns,
///     |A - U * diag(s) * transpose(V)| (k in full) and |s - the singular values|
/// are within n * 2^-52 * |A|, in practice far below, and U and V orthogonal within n * 2^-52. Scaling A by a
/// power of two scales s alone. The same bits for any number of threads. Throws std::bad_alloc.
SvdOutcome svd(const Work& work, const SvdProblem& problem, std::size_t k, double* u, double* s, double* v);

/// Only s[rank]; four times as fast.
SvdOutcome singular_values(const Work& work, const SvdProblem& problem, double* s);
