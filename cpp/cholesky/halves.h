#pragma once
#include <cstddef>

/// Up to this size plain loops are as fast as packing.
inline constexpr std::size_t leaf = 64;

/// Half of n in whole leaves, so that blocks lie on panels.
inline constexpr std::size_t half(std::size_t n) { return ((n / 2 + leaf - 1) / leaf) * leaf; }
