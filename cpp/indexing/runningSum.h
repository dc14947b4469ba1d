#pragma once
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "../threadPool.h"

/// Sums along an axis up to each element, which an exclusive one leaves out, from its end on where reversed.
struct RunningSum {
  std::size_t outer, n, inner;
  bool is_exclusive, is_reversed;
};

/// Whole numbers wrap around.
template <class T>
T plus(T a, T b) {
  if constexpr (std::is_integral_v<T>) {
    using U = std::make_unsigned_t<T>;
    return static_cast<T>(static_cast<U>(static_cast<U>(a) + static_cast<U>(b)));
  } else {
    return a + b;
  }
}

template <class T>
T times(T a, T b) {
  if constexpr (std::is_integral_v<T>) {
    return static_cast<T>(static_cast<std::uint64_t>(a) * static_cast<std::uint64_t>(b));
  } else {
    return a * b;
  }
}

/// y[o, j, i] = sum of x[o, 0 … j, i]. Added in that order.
template <class T>
void running_sum(const Work& work, const T* x, const RunningSum& s, T* y) {
  work.for_each(s.outer, [&](std::size_t o) {
    for (std::size_t step = 0; step < s.n; ++step) {
      const std::size_t j = s.is_reversed ? s.n - 1 - step : step;
      const std::size_t before = step == 0 ? j : s.is_reversed ? j + 1 : j - 1;
      const T* const own = x + (o * s.n + j) * s.inner;
      const T* const last = x + (o * s.n + before) * s.inner;
      const T* const sums = y + (o * s.n + before) * s.inner;
      T* const to = y + (o * s.n + j) * s.inner;
      for (std::size_t i = 0; i < s.inner; ++i) {
        if (step == 0) {
          to[i] = s.is_exclusive ? T{0} : own[i];
        } else {
          to[i] = plus(sums[i], s.is_exclusive ? last[i] : own[i]);
        }
      }
    }
  });
}
