#pragma once
#include <algorithm>
#include <cstddef>

#include "../threadPool.h"

/// Rows that a product by weights which come from memory once may have.
inline constexpr std::size_t most_gemv_rows = 4;

/// Calls body(first, last) for parts of `panels` panels that take `bytes` together: some for each thread,
/// where it is worth waking, so that one which is late leaves its parts to the others.
template <class Body>
void for_panel_parts(const Work* work, std::size_t panels, std::size_t bytes, Body body) {
  constexpr std::size_t worth_sharing = 128 * 1024;
  const std::size_t threads = work && bytes >= worth_sharing ? work->pool.size() : 1;
  const std::size_t parts = std::min(threads > 1 ? 4 * threads : 1, panels);
  if (parts <= 1) return body(std::size_t{0}, panels);
  work->for_each(parts, [&](std::size_t p) { body(panels * p / parts, panels * (p + 1) / parts); });
}
