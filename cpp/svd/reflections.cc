#include "reflections.h"

#include <algorithm>
#include <cmath>

#include "../roundUp.h"
#include "../threadPool.h"
#include "vectors.h"

namespace {

/// Reflections that are applied together.
constexpr std::size_t block = 32;

/// T of I - transpose(V) * T * V, upper triangular, where products[i, j] = v_i * v_j.
void form_triangle(const double* products, const double* tau, std::size_t count, double* t) {
  std::fill_n(t, block * block, 0.0);
  for (std::size_t i = 0; i < count; ++i) {
    t[i * block + i] = tau[i];
    for (std::size_t j = 0; j < i; ++j) {
      double sum = 0;
      for (std::size_t k = j; k < i; ++k) sum += t[j * block + k] * products[i * block + k];
      t[j * block + i] = -tau[i] * sum;
    }
  }
}

/// A few reflections from `first` on.
struct Block {
  const Work& work;
  const ProductSpace& space;
  const Reflections& all;
  std::size_t first, count, length;
  const double* v;

  Block(const Work& w, const ProductSpace& s, const Reflections& reflections, std::size_t from)
      : work(w),
        space(s),
        all(reflections),
        first(from),
        count(std::min(block, reflections.count - from)),
        length(reflections.length - from),
        v(reflections.vectors + from * (reflections.row + reflections.step)) {}

  /// The vectors as rows, for products over their elements.
  Operand rows() const { return {v, count, all.row, all.step, 1, Operand::Shape::upper}; }

  /// The elements as rows, for products over the vectors.
  Operand elements() const { return {v, length, all.step, all.row, 1, Operand::Shape::lower}; }

  /// c -= (c * transpose(V)) * T * V
  void apply(bool reversed, double* c, std::size_t rows_of_c, std::size_t stride, double* scratch) const {
    double products[block * block] = {}, t[block * block];
    multiply(&work, {count, count, length, rows().pack(), {}, products, block, Part::lower}, space);
    form_triangle(products, all.tau + first, count, t);
    double *sums = scratch, *shares = scratch + rows_of_c * block;
    std::fill_n(scratch, 2 * rows_of_c * block, 0.0);
    const Operand left{c + first, rows_of_c, stride, 1}, summed{sums, rows_of_c, block, 1, -1},
        shared{shares, rows_of_c, block, 1};
    const Operand triangle = reversed ? Operand{t, count, block, 1} : Operand{t, count, 1, block};
    multiply(&work, {rows_of_c, count, length, left.pack(), rows().pack(), sums, block}, space);
    multiply(&work, {rows_of_c, count, count, summed.pack(), triangle.pack(), shares, block}, space);
    multiply(&work, {rows_of_c, length, count, shared.pack(), elements().pack(), c + first, stride}, space);
  }
};

/// Rows first … last - 1 of x, one after the other.
void factor_panel(const Work& work, double* x, std::size_t m, std::size_t first, std::size_t last,
                  double* diagonal, double* tau) {
  constexpr std::size_t worth_sharing = 64 * 1024;
  for (std::size_t i = first; i < last; ++i) {
    double* v = x + i * m + i;
    diagonal[i] = reflect(v, m - i, tau + i);
    const auto reflect_row = [&](std::size_t j) {
      double* row = x + (i + 1 + j) * m + i;
      add(row, -tau[i] * dot(v, row, m - i), v, m - i);
    };
    const std::size_t below = last - i - 1;
    if (below * (m - i) >= worth_sharing) {
      work.for_each(below, reflect_row);
    } else {
      for (std::size_t j = 0; j < below; ++j) reflect_row(j);
    }
  }
}

}  // namespace

double reflect(double* x, std::size_t n, double* tau) {
  const double first = x[0], rest = dot(x + 1, x + 1, n - 1);
  x[0] = 1;
  *tau = 0;
  if (rest == 0) return first;
  const double length = -std::copysign(std::sqrt(first * first + rest), first);
  *tau = (length - first) / length;
  for (std::size_t i = 1; i < n; ++i) x[i] /= first - length;
  return length;
}

void apply(const Work& work, const ProductSpace& space, const Reflections& reflections, bool reversed,
           double* c, std::size_t rows, std::size_t stride) {
  const Doubles scratch = doubles(2 * rows * block);
  const std::size_t blocks = ceil_div(reflections.count, block);
  for (std::size_t b = 0; b < blocks; ++b) {
    const Block own(work, space, reflections, (reversed ? blocks - 1 - b : b) * block);
    own.apply(reversed, c, rows, stride, scratch.get());
  }
}

void factor_qr(const Work& work, double* x, std::size_t n, std::size_t m, double* diagonal, double* tau) {
  const ProductSpace space(std::max(n, block), m);
  for (std::size_t first = 0; first < n && !work.cancelled; first += block) {
    const std::size_t last = std::min(n, first + block);
    factor_panel(work, x, m, first, last, diagonal, tau);
    const Reflections panel{x + first * m + first, last - first, m - first, m, 1, tau + first};
    if (last < n) apply(work, space, panel, false, x + last * m + first, n - last, m);
  }
}
