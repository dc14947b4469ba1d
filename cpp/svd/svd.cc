#include "svd.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "../roundUp.h"
#include "../threadPool.h"
#include "bidiagonal.h"
#include "implicitQr.h"
#include "vectors.h"

namespace {

/// Rows that one task takes.
constexpr std::size_t task_rows = 32;

void transpose(const Work& work, const double* from, std::size_t rows, std::size_t columns, double* to) {
  work.for_each(ceil_div(columns, task_rows), [&](std::size_t t) {
    for (std::size_t i = 0; i < rows; ++i) {
      for (std::size_t j = t * task_rows; j < std::min(columns, (t + 1) * task_rows); ++j) {
        to[j * rows + i] = from[i * columns + j];
      }
    }
  });
}

/// The power of two below the largest element; NaN and infinities are the largest.
bool scale_of(const SvdProblem& p, int& exponent) {
  double most = 0;
  for (std::size_t i = 0; i < p.rows * p.columns; ++i) {
    const double size = std::fabs(p.a[i]);
    if (!std::isfinite(size)) return false;
    most = std::max(most, size);
  }
  exponent = most > 0 ? std::max(std::ilogb(most), -1000) : 0;
  return true;
}

/// The matrix T, seen from its longer side: T[length, n] lies column by column in x[n, length], its largest
/// element near 1. With T = Q * transpose(S), Q orthonormal and S[n, n], S is bidiagonalized.
class Decomposition {
 public:
  Decomposition(const Work& work, const SvdProblem& p, int exponent)
      : work_(work), n_(p.rank()), length_(std::max(p.rows, p.columns)), x_(doubles(n_ * length_)), tau_(n_) {
    if (p.rows > p.columns) {
      transpose(work, p.a, p.rows, p.columns, x_.get());
    } else {
      std::copy_n(p.a, n_ * length_, x_.get());
    }
    const double factor = std::ldexp(1.0, -exponent);
    for (std::size_t i = 0; i < n_ * length_; ++i) x_[i] *= factor;
    if (length_ > n_) reduce_to_square();
    b_ = bidiagonalize(work, square(), n_);
  }

  /// The diagonal comes out in any sign and order. `left` and `right` are null or start as identities.
  bool diagonalize(double* left, double* right) {
    return ::diagonalize(work_, b_.diagonal, b_.above, left, right);
  }

  const std::vector<double>& values() const { return b_.diagonal; }

  /// Rows of vectors of the bidiagonal become those of S and, on the longer side, of T.
  void turn_back_left(double* vectors, std::size_t count) const {
    const ProductSpace space(std::max(count, n_), n_);
    apply(work_, space, b_.left(square()), true, vectors, count, n_);
  }

  void turn_back_right(double* vectors, std::size_t count) const {
    const ProductSpace space(std::max(count, n_), length_);
    if (n_ > 1) apply(work_, space, b_.right(square()), true, vectors + 1, count, length_);
    if (length_ > n_)
      apply(work_, space, {x_.get(), n_, length_, length_, 1, tau_.data()}, true, vectors, count, length_);
  }

 private:
  double* square() const { return square_ ? square_.get() : x_.get(); }

  void reduce_to_square() {
    std::vector<double> diagonal(n_);
    factor_qr(work_, x_.get(), n_, length_, diagonal.data(), tau_.data());
    square_ = std::make_unique<double[]>(n_ * n_);
    for (std::size_t i = 0; i < n_; ++i) {
      std::copy_n(x_.get() + i * length_, i, square_.get() + i * n_);
      square_[i * n_ + i] = diagonal[i];
    }
  }

  const Work& work_;
  std::size_t n_, length_;
  Doubles x_, square_;
  std::vector<double> tau_;
  Bidiagonal b_;
};

Doubles identity(std::size_t n) {
  Doubles matrix = std::make_unique<double[]>(n * n);
  for (std::size_t i = 0; i < n; ++i) matrix[i * n + i] = 1;
  return matrix;
}

/// Indices of the k largest magnitudes, falling.
std::vector<std::size_t> largest(const std::vector<double>& values, std::size_t k) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return std::fabs(values[a]) > std::fabs(values[b]); });
  order.resize(k);
  return order;
}

/// Rows of from[n, n], `length` apart from now on, the rest of them 0.
Doubles rows_of(const double* from, std::size_t n, const std::vector<std::size_t>& rows, std::size_t length) {
  Doubles to = std::make_unique<double[]>(rows.size() * length);
  for (std::size_t i = 0; i < rows.size(); ++i) std::copy_n(from + rows[i] * n, n, to.get() + i * length);
  return to;
}

}  // namespace

SvdOutcome svd(const Work& work, const SvdProblem& p, std::size_t k, double* u, double* s, double* v) {
  const std::size_t n = p.rank(), length = std::max(p.rows, p.columns);
  int exponent = 0;
  if (!scale_of(p, exponent)) return SvdOutcome::not_finite;
  Decomposition decomposition(work, p, exponent);
  Doubles left = identity(n), right = identity(n);
  if (!decomposition.diagonalize(left.get(), right.get())) return SvdOutcome::not_converged;
  const std::vector<std::size_t> order = largest(decomposition.values(), k);
  left = rows_of(left.get(), n, order, n);
  right = rows_of(right.get(), n, order, length);
  decomposition.turn_back_left(left.get(), k);
  decomposition.turn_back_right(right.get(), k);
  for (std::size_t i = 0; i < k; ++i) {
    const double value = decomposition.values()[order[i]];
    s[i] = std::ldexp(std::fabs(value), exponent);
    if (value < 0) std::transform(&left[i * n], &left[i * n] + n, &left[i * n], std::negate<double>());
  }
  transpose(work, left.get(), k, n, p.rows > p.columns ? v : u);
  transpose(work, right.get(), k, length, p.rows > p.columns ? u : v);
  return SvdOutcome::done;
}

SvdOutcome singular_values(const Work& work, const SvdProblem& p, double* s) {
  int exponent = 0;
  if (!scale_of(p, exponent)) return SvdOutcome::not_finite;
  Decomposition decomposition(work, p, exponent);
  if (!decomposition.diagonalize(nullptr, nullptr)) return SvdOutcome::not_converged;
  const std::vector<std::size_t> order = largest(decomposition.values(), p.rank());
  for (std::size_t i = 0; i < order.size(); ++i) {
    s[i] = std::ldexp(std::fabs(decomposition.values()[order[i]]), exponent);
  }
  return SvdOutcome::done;
}
