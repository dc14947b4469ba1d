#include "cholesky.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "../product/product.h"
#include "../threadPool.h"

namespace {

/// Up to this size plain loops are as fast as packing.
constexpr std::size_t leaf = 64;
/// Rows that one task of a triangular solve takes.
constexpr std::size_t solve_rows = 32;

/// Half of n in whole leaves, so that blocks lie on panels.
std::size_t split(std::size_t n) { return ((n / 2 + leaf - 1) / leaf) * leaf; }

struct Factorization {
  const Work& work;
  const ProductSpace& space;
  std::size_t stride;

  bool factor(double* a, std::size_t n) const {
    if (n <= leaf) return factor_leaf(a, n);
    const std::size_t top = split(n), rest = n - top;
    double *below = a + top * stride, *corner = below + top;
    if (!factor(a, top)) return false;
    solve(below, rest, a, top);
    subtract(corner, below, rest, below, rest, top, Part::lower);
    return factor(corner, rest);
  }

  /// x[rows, n] becomes x * inverse(transpose(l)).
  void solve(double* x, std::size_t rows, const double* l, std::size_t n) const {
    if (n <= leaf) return solve_leaf(x, rows, l, n);
    const std::size_t left = split(n), right = n - left;
    const double* below = l + left * stride;
    solve(x, rows, l, left);
    subtract(x + left, x, rows, below, right, left, Part::full);
    solve(x + left, rows, below + left, right);
  }

 private:
  /// c[m, n] -= a[m, depth] * transpose(b[n, depth])
  void subtract(double* c, const double* a, std::size_t m, const double* b, std::size_t n, std::size_t depth,
                Part part) const {
    const Operand left{a, m, stride, 1, -1}, right{b, n, stride, 1};
    multiply(&work, {m, n, depth, left.pack(), right.pack(), c, stride, part}, space);
  }

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

  void solve_leaf(double* x, std::size_t rows, const double* l, std::size_t n) const {
    double columns[leaf * leaf];  // of l, so that the innermost loop runs along memory
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t k = 0; k <= i; ++k) columns[k * leaf + i] = l[i * stride + k];
    }
    work.for_each((rows + solve_rows - 1) / solve_rows, [&](std::size_t t) {
      for (std::size_t r = t * solve_rows; r < std::min(rows, (t + 1) * solve_rows); ++r) {
        double* row = x + r * stride;
        for (std::size_t k = 0; k < n; ++k) {
          const double *column = columns + k * leaf, solved = row[k] /= column[k];
          for (std::size_t j = k + 1; j < n; ++j) row[j] -= solved * column[j];
        }
      }
    });
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
    const std::size_t top = split(n), rest = n - top;
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
