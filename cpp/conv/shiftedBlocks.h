#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>

#include "shiftedRows.h"
#include "tiles.h"

/// Blocks of output rows that are computed from shifted rows, in tiles of whole vectors.
struct ShiftedBlocks {
  ConvShape shape;
  ShiftedRows rows;
  std::size_t length, count;  // rows of a block, and blocks

  /// Nothing where panels do better: rows fill their vectors badly, or are too long to copy.
  static std::optional<ShiftedBlocks> of(const ConvTiles& tiles);

  std::size_t vectors(std::size_t lanes) const { return length * rows.pitch() / lanes; }
  /// Words a thread works in: copies, places of the vectors, and what `copy` needs.
  std::size_t slot_words(std::size_t lanes) const;
};

/// One block of one item by panels first_panel … last_panel - 1 of the weights. `table` finds the words of
/// each inner index in the copies.
void run_shifted(const ConvTiles& tiles, const ShiftedBlocks& blocks, const std::uint32_t* table,
                 std::uint32_t* slot, std::size_t item, std::size_t block, std::size_t first_panel,
                 std::size_t last_panel);
