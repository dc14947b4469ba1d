#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "panels.h"

/// Stores a tile only when the product of the next one is under way: what a kernel has just written is
/// slow to read, and matrix units work on while a tile is stored.
class TileStores {
 public:
  explicit TileStores(const PanelProduct& product) : product_(product) {}

  void add(std::size_t item, std::size_t row, std::size_t column, const std::uint32_t* tile) {
    flush();
    item_ = item, row_ = row, column_ = column, tile_ = tile;
  }

  void flush() {
    if (!tile_) return;
    const PanelProduct& p = product_;
    p.store(item_, row_, column_, std::min(p.m - row_, p.size.rows), std::min(p.n - column_, p.size.columns),
            tile_);
    tile_ = nullptr;
  }

  /// 0 and 1 in turn: the tile that is not waiting to be stored.
  std::size_t turn() { return turn_ ^= 1; }

 private:
  const PanelProduct& product_;
  std::size_t item_ = 0, row_ = 0, column_ = 0, turn_ = 0;
  const std::uint32_t* tile_ = nullptr;
};
