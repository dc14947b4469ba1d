#pragma once
#include <cstddef>
#include <vector>

struct Work;

/// Diagonalizes an upper bidiagonal matrix B with that diagonal[n] and above[n - 1] by implicit QR steps:
/// from the bottom up, shifted by the smaller singular value of the last two rows, without a shift where that
/// is next to nothing (Demmel and Kahan 1990, "Accurate singular values of bidiagonal matrices", sections 3
/// and 4). What stands above the diagonal is taken as 0 from 2^-53 of B's largest element on, which moves
/// singular values by no more than that times the square root of n.
///
/// left[n, n] and right[n, n], or null, become X * left and Y * right, where transpose(X) * diagonal * Y = B
/// with orthogonal X and Y. The diagonal is of any sign and order. The same bits for any number of threads.
/// Returns false when it does not come to an end; numbers that are finite always did. Throws std::bad_alloc.
bool diagonalize(const Work& work, std::vector<double>& diagonal, std::vector<double>& above, double* left,
                 double* right);
