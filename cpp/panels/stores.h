#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "panels.h"

/// Stores a tile only when the product of the next one is under way: what a kernel has just written is
/// slow to read, and matrix units work on while a tile is stored. Their kernels store it row by row between
/// the steps of a product, as no processor looks far enough ahead to do both else.
class TileStores {
 public:
  explicit TileStores(const PanelProduct& product) : product_(product) {}

  void add(std::size_t item, std::size_t row, std::size_t column, const std::uint32_t* tile) {
    flush();
    item_ = item, row_ = row, column_ = column, tile_ = tile, stored_ = 0;
    rows_ = std::min(product_.m - row, product_.size.rows);
  }

  /// Stores the waiting tile's rows up to `row`, a multiple of 4.
  void store_to(std::size_t row) {
    const PanelProduct& p = product_;
    row = std::min(row, rows_);
    if (!tile_ || row <= stored_) return;
    p.store(item_, row_ + stored_, column_, row - stored_, std::min(p.n - column_, p.size.columns),
            tile_ + stored_ * p.size.columns);
    stored_ = row;
  }

  void flush() {
    store_to(rows_);
    tile_ = nullptr;
  }

  /// 0 and 1 in turn: the tile that is not waiting to be stored.
  std::size_t turn() { return turn_ ^= 1; }

 private:
  const PanelProduct& product_;
  std::size_t item_ = 0, row_ = 0, column_ = 0, rows_ = 0, stored_ = 0, turn_ = 0;
  const std::uint32_t* tile_ = nullptr;
};
