#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>

#include "shiftedRows.h"
#include "tiles.h"

/// Blocks of output rows that are computed from shifted rows.
struct ShiftedBlocks {
  ConvShape shape;
  ShiftedRows rows;
  BlockCut cut;  // of output rows

  /// Nothing where panels do better: rows are too long to copy.
  static std::optional<ShiftedBlocks> of(const ConvTiles& tiles, std::size_t threads);

  /// Words a thread works in: copies, and what `copy` needs.
  std::size_t slot_words() const;
};

/// One block of one item by panels first_panel … last_panel - 1 of the weights. `table` finds the words of
/// each inner index in the copies.
void run_shifted(const ConvTiles& tiles, const ShiftedBlocks& blocks, const std::uint32_t* table,
                 std::uint32_t* slot, std::size_t item, std::size_t block, std::size_t first_panel,
                 std::size_t last_panel);
