#pragma once
#include <cstddef>
#include <memory>

using Doubles = std::unique_ptr<double[]>;

inline Doubles doubles(std::size_t n) { return std::make_unique_for_overwrite<double[]>(n); }

/// In eight partial sums, whatever the compiler makes of them.
inline double dot(const double* a, const double* b, std::size_t n) {
  double sums[8] = {};
  std::size_t i = 0;
  for (; i + 8 <= n; i += 8) {
    for (std::size_t k = 0; k < 8; ++k) sums[k] += a[i + k] * b[i + k];
  }
  for (; i < n; ++i) sums[i % 8] += a[i] * b[i];
  return ((sums[0] + sums[4]) + (sums[1] + sums[5])) + ((sums[2] + sums[6]) + (sums[3] + sums[7]));
}

/// to += factor * x
inline void add(double* to, double factor, const double* x, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) to[i] += factor * x[i];
}

/// to += factors[count] * rows[count, n], rows `stride` apart; four at a time, so that `to` comes by less
/// often.
inline void add_rows(double* to, const double* factors, const double* rows, std::size_t count,
                     std::size_t stride, std::size_t n) {
  for (; count >= 4; count -= 4, factors += 4, rows += 4 * stride) {
    const double *a = rows, *b = a + stride, *c = b + stride, *d = c + stride;
    for (std::size_t i = 0; i < n; ++i) {
      to[i] += (factors[0] * a[i] + factors[1] * b[i]) + (factors[2] * c[i] + factors[3] * d[i]);
    }
  }
  for (; count > 0; --count, ++factors, rows += stride) add(to, *factors, rows, n);
}
