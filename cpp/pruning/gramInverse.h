#pragma once
#include <cstddef>

#include "../product/product.h"
#include "slabs.h"

/// y = x * inverse(A) for a positive definite A[n, n], from its Cholesky factor L. Where many rows come the
/// inverse is written out and applied as one product; it is meant for steps that need no full precision.
/// Throws std::bad_alloc.
class GramInverse {
 public:
  /// `rows` is how many come in all.
  GramInverse(const Work& work, std::size_t n, std::size_t rows);

  /// Where L is to be written, [n, n]; what stands there after `prepare` means nothing.
  double* factor() { return factor_.get(); }

  /// From now on `apply` divides by the L that stands in `factor`.
  void prepare();

  /// At most `slab_rows` rows of x and y.
  void apply(const double* x, std::size_t rows, double* y) const;

 private:
  const Work& work_;
  std::size_t n_;
  Doubles factor_, inverse_;
  ProductSpace space_;
};
