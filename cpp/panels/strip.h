#pragma once
#include <cstddef>

#include "blocks.h"
#include "panels.h"
#include "stores.h"

struct PanelRange {
  std::size_t from, to;
};

/// Multiplies packed panels, PanelProduct::group of them at most, by all filled panels of a block, chunk by
/// chunk of the inner dimension.
void strip(const PanelProduct& p, std::size_t item, PanelRange packed_panels, PanelRange block,
           const PanelSlot& slot, TileStores& stores);

/// One packed panel, where tiles are computed whole. It is on the left.
void whole_strip(const PanelProduct& p, std::size_t item, std::size_t packed_panel, PanelRange block,
                 const PanelSlot& slot, TileStores& stores);
