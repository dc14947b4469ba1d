#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "../memory/lines.h"
#include "panels.h"

/// How multiply_panels cuts a product, and where it works.

/// Blocks of filled panels, about equally long, times pieces of the packed panels: each pair is a task.
struct PanelCut {
  std::size_t blocks, pieces;

  PanelCut(const PanelProduct& product, std::size_t threads);
};

/// Filled panels that lie in memory as rows, and need not be filled: the whole ones.
inline std::size_t panels_in_place(const PanelProduct& p) { return p.left_rows ? p.m / p.size.rows : 0; }

/// Where a thread works: its filled panels, the tiles it has begun, and the filler's scratch.
struct PanelSlot {
  std::uint32_t *panels, *tiles;
  void* scratch;

  PanelSlot(const PanelProduct& product, void* workspace, std::size_t index);

  static std::size_t bytes(const PanelProduct& product);
  static std::size_t panel_words(const PanelProduct& p) { return p.padded_depth() * p.filled_width(); }
  static std::size_t tile_words(const PanelProduct& p) {
    return p.size.rows * (p.size.columns + p.size.tail);
  }
};
