#pragma once
#include <cstddef>

#include "../roundUp.h"

inline constexpr std::size_t cache_line = 64;

/// Bytes of the whole cache lines that so many bytes take.
constexpr std::size_t whole_lines(std::size_t bytes) { return round_up(bytes, cache_line); }

/// The same in words of 4 bytes.
constexpr std::size_t whole_lines_of_words(std::size_t words) { return round_up(words, cache_line / 4); }
