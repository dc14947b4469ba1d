#pragma once
#include <cstddef>

#include "blocks.h"
#include "panels.h"
#include "stores.h"

struct PanelRange {
  std::size_t from, to;
};

/// Multiplies one packed panel by all filled panels of a block, chunk by chunk of the inner dimension.
void strip(const PanelProduct& p, std::size_t item, std::size_t packed_panel, PanelRange block,
           const PanelSlot& slot, TileStores& stores);

/// The same where tiles are computed whole. Packed panels are on the left.
void whole_strip(const PanelProduct& p, std::size_t item, std::size_t packed_panel, PanelRange block,
                 const PanelSlot& slot, TileStores& stores);
