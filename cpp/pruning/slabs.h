#pragma once
#include <algorithm>
#include <cstddef>
#include <functional>
#include <memory>

#include "../roundUp.h"
#include "../threadPool.h"

/// Rows that are worked on together: the working space is theirs, however many rows a layer has.
inline constexpr std::size_t slab_rows = 512;

/// Rows that one task takes.
inline constexpr std::size_t task_rows = 8;

using Doubles = std::unique_ptr<double[]>;

inline Doubles doubles(std::size_t n) { return std::make_unique_for_overwrite<double[]>(n); }

/// body(first, rows) for slab after slab.
inline void for_each_slab(std::size_t rows, const std::function<void(std::size_t, std::size_t)>& body) {
  for (std::size_t first = 0; first < rows; first += slab_rows)
    body(first, std::min(slab_rows, rows - first));
}

inline void for_each_row(const Work& work, std::size_t rows, const std::function<void(std::size_t)>& body) {
  work.for_each(ceil_div(rows, task_rows), [&](std::size_t t) {
    for (std::size_t r = t * task_rows; r < std::min(rows, (t + 1) * task_rows); ++r) body(r);
  });
}
