#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "qblockgemm.h"

/// Weights in panels of block_rows rows, of which the last may have fewer.
struct BlockPanels {
  const WeightView& w;
  std::size_t block_rows;

  std::size_t count() const { return (w.size + block_rows - 1) / block_rows; }
  std::size_t rows_of(std::size_t panel) const { return std::min(block_rows, w.size - panel * block_rows); }
  /// Panels of 32 rows are filled up to a multiple of so many blocks.
  std::size_t group() const { return block_rows == 32 ? 16 : 1; }
};

/// Which blocks are not all zero: each panel's, one after the other, and where each panel begins.
struct KeptBlocks {
  std::vector<std::size_t> first{0};
  std::vector<std::uint32_t> indices;
};

/// Of weights whose rows are each in one piece (inner = taps).
KeptBlocks kept_of_rows(const BlockPanels& panels);
/// Of weights whose columns are each in one piece (outer = 1, one tap).
KeptBlocks kept_of_columns(const BlockPanels& panels);
