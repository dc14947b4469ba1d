#pragma once
#include <cstddef>
#include <cstdint>

#include "blocks.h"
#include "stores.h"

struct Range {
  std::size_t from, to;

  /// Part `index` of `parts` of [0, count).
  static Range part(std::size_t count, std::size_t parts, std::size_t index) {
    return {count * index / parts, count * (index + 1) / parts};
  }
};

/// One packed panel by all filled panels of a block.
class PanelStrip {
 public:
  PanelStrip(const PanelProduct& product, std::size_t item, std::size_t packed_panel, Range block,
             const PanelSlot& slot, TileStores& stores);
  void run();

 private:
  void chunk(std::size_t from, std::size_t length);
  TileOperands operands_of(std::size_t f, std::size_t from, std::size_t length) const;
  Ahead ahead(std::size_t f, std::size_t from) const;
  void multiply(const TileOperands& tile, std::size_t f, std::size_t next) const;

  const PanelProduct& p_;
  const bool is_left_;
  const std::size_t item_, panel_;
  const Range block_;
  const PanelSlot& slot_;
  TileStores& stores_;
  const std::size_t depth_, length_, right_step_, filled_step_, last_filled_;
  const std::uint32_t *filled_, *packed_;
};
