#pragma once
#include <cstddef>

/// Pieces of up to `size` that n falls into.
constexpr std::size_t ceil_div(std::size_t n, std::size_t size) { return (n + size - 1) / size; }

/// The least multiple of `step` that is not less than n.
constexpr std::size_t round_up(std::size_t n, std::size_t step) { return ceil_div(n, step) * step; }
