#pragma once
#include <algorithm>
#include <cstddef>
#include <cstring>

#include "elements.h"

/// Puts `bytes` bytes of updates where they go, alone or together with the floats that are there.
inline void scatter_by(Scatter how, const std::byte* update, std::size_t bytes, std::byte* to) {
  if (how == Scatter::none) {
    std::memcpy(to, update, bytes);
    return;
  }
  for (std::size_t at = 0; at < bytes; at += sizeof(float)) {
    float a, b;
    std::memcpy(&a, to + at, sizeof(a));
    std::memcpy(&b, update + at, sizeof(b));
    a = how == Scatter::add   ? a + b
        : how == Scatter::mul ? a * b
        : how == Scatter::max ? std::max(a, b)
                              : std::min(a, b);
    std::memcpy(to + at, &a, sizeof(a));
  }
}
