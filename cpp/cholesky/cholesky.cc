#include "cholesky.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "../product/product.h"
#include "../threadPool.h"
#include "halves.h"
#include "triangular.h"

namespace {

struct Factorization {
  const Work& work;
  const ProductSpace& space;
  std::size_t stride;

  bool factor(double* a, std::size_t n) const {
    if (n <= leaf) return factor_leaf(a, n);
    const std::size_t top = half(n), rest = n - top;
    double *below = a + top * stride, *corner = below + top;
    if (!factor(a, top)) return false;
    TriangularSolver{work, space, stride}.solve_transposed(below, rest, a, top);
    const Operand left{below, rest, stride, 1, -1}, right{below, rest, stride, 1};
    multiply(&work, {rest, rest, top, left.pack(), right.pack(), corner, stride, Part::lower}, space);
    return factor(corner, rest);
  }

 private:
  bool factor_leaf(double* a, std::size_t n) const {
    for (std::size_t i = 0; i < n; ++i) {
      double* row = a + i * stride;
      for (std::size_t j = 0; j <= i; ++j) {
        const double* other = a + j * stride;
        double sum = row[j];
        for (std::size_t k = 0; k < j; ++k) sum -= row[k] * other[k];
        if (j < i) {
          row[j] = sum / other[j];
        } else if (sum > 0 && std::isfinite(sum)) {
          row[i] = std::sqrt(sum);
        } else {
          return false;
        }
      }
    }
    return true;
  }
};

struct Inversion {
  const Work& work;
  const ProductSpace& space;
  double* scratch;
  std::size_t stride;

  /// [l 0; b m] becomes [x 0; -y b x, y] with x = inverse(l) and y = inverse(m).
  void invert(double* l, std::size_t n) const {
    if (n <= leaf) return invert_leaf(l, n);
    const std::size_t top = half(n), rest = n - top;
    double *below = l + top * stride, *corner = below + top;
    invert(l, top);
    invert(corner, rest);
    std::fill_n(scratch, rest * top, 0.0);
    // A right operand packs its columns, so x seen by columns is upper triangular.
    const Operand b{below, rest, stride, 1}, x{l, top, 1, stride, 1, Operand::Shape::upper};
    multiply(&work, {rest, top, top, b.pack(), x.pack(), scratch, top}, space);
    for (std::size_t i = 0; i < rest; ++i) std::fill_n(below + i * stride, top, 0.0);
    const Operand y{corner, rest, stride, 1, -1, Operand::Shape::lower}, bx{scratch, top, 1, top};
    multiply(&work, {rest, top, rest, y.pack(), bx.pack(), below, stride}, space);
  }

 private:
  void invert_leaf(double* l, std::size_t n) const {
    for (std::size_t i = 0; i < n; ++i) {
      double sums[leaf] = {}, *row = l + i * stride;
      for (std::size_t k = 0; k < i; ++k) {
        for (std::size_t j = 0; j <= k; ++j) sums[j] += row[k] * l[k * stride + j];
      }
      row[i] = 1 / row[i];
      for (std::size_t j = 0; j < i; ++j) row[j] = -row[i] * sums[j];
    }
  }
};

}  // namespace

bool cholesky_factor(const Work& work, double* a, std::size_t n) {
  const ProductSpace space(n, n);
  return Factorization{work, space, n}.factor(a, n);
}

void lower_inverse(const Work& work, double* l, std::size_t n) {
  const ProductSpace space(n, n);
  std::vector<double> scratch(n <= leaf ? 0 : n * n / 4);  // two parts of n multiply to no more
  Inversion{work, space, scratch.data(), n}.invert(l, n);
}
