#pragma once
#include <cstddef>

struct Work;

/// norms[r] = sum over i, j < columns of x[r, i] * gram[i, j] * x[r, j] for every row r of x[rows, columns],
/// in double: with the Gram matrix or covariance of a layer's inputs, the mean square of what weights x make
/// of them. `gram` is symmetric; only its lower triangle is read. Off by at most (2 * columns + 2) * 2^-53 *
/// (sum of the terms' magnitudes) to first order. The same bits for any number of threads; variants of the
/// product kernels may differ within that bound. NaN and infinities spread to the norms of their rows. Throws
/// std::bad_alloc.
void gram_norms(const Work& work, const float* x, std::size_t rows, std::size_t columns, const double* gram,
                double* norms);
