#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "../threadPool.h"
#include "runningSum.h"

enum class WholeReduction : std::uint8_t { sum, max, min, prod };

/// y[o, i] = sum, largest, smallest or product of x[o, ?, i], n >= 1 whole numbers each, which wrap around.
template <class T>
void reduce_whole(const Work& work, WholeReduction kind, const T* x, std::size_t outer, std::size_t n,
                  std::size_t inner, T* y) {
  work.for_each(outer, [&](std::size_t o) {
    for (std::size_t i = 0; i < inner; ++i) {
      const T* const from = x + o * n * inner + i;
      T all = from[0];
      for (std::size_t j = 1; j < n; ++j) {
        const T next = from[j * inner];
        all = kind == WholeReduction::sum   ? plus(all, next)
              : kind == WholeReduction::max ? std::max(all, next)
              : kind == WholeReduction::min ? std::min(all, next)
                                            : times(all, next);
      }
      y[o * inner + i] = all;
    }
  });
}
