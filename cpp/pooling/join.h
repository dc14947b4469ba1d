#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

#include "pooling.h"

/// The kernels by the words that they join: floats, or four unsigned bytes, of which there is the maximum
/// alone.
inline void join_words(Pooling kind, std::span<const float* const> taps, std::size_t n, float* y) {
  pooling_kernels().join(kind, taps, n, y);
}
inline void join_words(Pooling, std::span<const std::uint32_t* const> taps, std::size_t n, std::uint32_t* y) {
  pooling_kernels().join_bytes(taps, n, y);
}
