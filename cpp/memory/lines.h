#pragma once
#include <cstddef>

inline constexpr std::size_t cache_line = 64;

/// Bytes of the whole cache lines that so many bytes take.
constexpr std::size_t whole_lines(std::size_t bytes) {
  return (bytes + cache_line - 1) / cache_line * cache_line;
}
