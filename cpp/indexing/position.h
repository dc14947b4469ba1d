#pragma once
#include <cstddef>
#include <cstdint>

/// Where an index points on an axis of n, counted from the end where it is negative; n where it lies outside.
inline std::size_t position(std::int64_t index, std::size_t n) {
  const auto size = static_cast<std::int64_t>(n);
  const std::int64_t at = index < 0 ? index + size : index;
  return at < 0 || at >= size ? n : static_cast<std::size_t>(at);
}
