#pragma once
#include <cstddef>

/// The number of a thread that a pool started beside callers from outside, from 1 on; 0 of any other.
inline std::size_t& thread_number() {
  static thread_local std::size_t number = 0;
  return number;
}
