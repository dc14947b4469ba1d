#pragma once
#include <cstddef>

struct Work;

/// Cholesky factor of a symmetric matrix A[n, n], row-major, in double: A = L * transpose(L), L lower
/// triangular with a positive diagonal. Only the lower triangle of A is read; L replaces it, and what stands
/// above the diagonal afterwards means nothing. Recursive halving (Elmroth and Gustavson 2000, "Applying
/// recursion to serial and parallel QR factorization", section 2, applied to Cholesky), so that nearly all
/// work is matrix products. The backward error is at most (n + 1) * 2^-53 * |L| * |transpose(L)| element by
/// element to first order (Higham 2002, "Accuracy and Stability of Numerical Algorithms", theorem 10.3). The
/// same bits for any number of threads. Returns false when A is not positive definite to that precision or
/// holds NaN; A is spoiled then. Throws std::bad_alloc.
bool cholesky_factor(const Work& work, double* a, std::size_t n);

/// Replaces a lower triangular L[n, n] with a non-zero diagonal by its inverse, which is lower triangular
/// too; what stands above the diagonal is neither read nor meaningful afterwards. With it inverse(A) =
/// transpose(inverse(L)) * inverse(L). Throws std::bad_alloc.
void lower_inverse(const Work& work, double* l, std::size_t n);
