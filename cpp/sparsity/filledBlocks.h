#pragma once
#include <cstddef>

#include "../roundUp.h"

/// A weight [outputs, inputs, taps] cut into blocks of `rows` outputs by `columns` inputs at one tap; those
/// at the ends may be smaller.
struct BlockGrid {
  std::size_t outputs, inputs, taps;
  std::size_t rows, columns;

  /// How many there are.
  std::size_t count() const { return ceil_div(outputs, rows) * (ceil_div(inputs, columns)) * taps; }
};

/// How many of the blocks hold anything but zeros; -0 is one, NaN is none. Sizes are at least 1. Reads the
/// elements once, takes inputs · taps bytes beside them.
std::size_t filled_blocks(const float* elements, const BlockGrid& blocks);
std::size_t filled_blocks(const unsigned char* elements, const BlockGrid& blocks);
