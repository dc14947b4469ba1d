#pragma once
#include <cstddef>

#include "../product/product.h"

struct Work;

/// Householder reflections H_i = I - tau[i] * transpose(v_i) * v_i of row vectors with `length` elements. v_i
/// is 0 before its element i, where it is 1; element k >= i is vectors[i * row + k * step], and what stands
/// before is not read.
struct Reflections {
  const double* vectors;
  std::size_t count, length, row, step;
  const double* tau;
};

/// The reflection that turns x[n] into (length, 0, … 0), where length has x's norm: x becomes v. Numbers must
/// be far from the ends of double. Returns the new first element.
double reflect(double* x, std::size_t n, double* tau);

/// c[rows, length] becomes c * H_0 * H_1 …, or reversed c * … * H_1 * H_0; its rows lie `stride` apart. In
/// blocks, as I - transpose(V) * T * V (Schreiber and Van Loan 1989, "A storage-efficient WY representation
/// for products of Householder transformations"), so that the work is matrix products. `space` is for `rows`
/// and 64 rows, `length` columns. Throws std::bad_alloc.
void apply(const Work& work, const ProductSpace& space, const Reflections& reflections, bool reversed,
           double* c, std::size_t rows, std::size_t stride);

/// QR factorization of a matrix [m, n], m >= n, whose columns are the rows x[n, m]. Afterwards row i of x is
/// reflection i from element i on, and before it R's column i above the diagonal, which goes to diagonal[n].
/// Throws std::bad_alloc.
void factor_qr(const Work& work, double* x, std::size_t n, std::size_t m, double* diagonal, double* tau);
