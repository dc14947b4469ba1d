#include "blocks.h"

namespace {

/// Filled panels of one block: what stays in the second-level cache beside the packed panels that pass by.
/// Right ones are long on their way through, and passing them once more costs more than what is lost.
std::size_t block_bytes(const PanelProduct& p) { return p.packed == Side::left ? 1024 * 1024 : 1600 * 1024; }

/// One a panel of the block for each packed one of a group, and two where each is stored as the next is
/// computed.
std::size_t tile_count(const PanelProduct& p) {
  return std::clamp<std::size_t>(p.filled_panels(), 2, most_filled_panels) * p.group();
}

}  // namespace

std::size_t pieces_for(std::size_t blocks, std::size_t threads, std::size_t most) {
  std::size_t pieces = 1;
  while (pieces < threads && blocks * pieces < 3 * threads && blocks * pieces % threads > 0) ++pieces;
  return std::clamp<std::size_t>(pieces, 1, std::max<std::size_t>(most, 1));
}

PanelCut::PanelCut(const PanelProduct& p, std::size_t threads) {
  const std::size_t panels = p.filled_panels();
  const std::size_t panel_bytes = std::max<std::size_t>(p.padded_depth() * p.filled_width() * 4, 1);
  const std::size_t most = std::clamp<std::size_t>(block_bytes(p) / panel_bytes, 1, most_filled_panels);
  blocks = std::max<std::size_t>(ceil_div(panels, most), 1);
  const std::size_t wanted = threads > 1 ? 3 * threads : 1;
  // Each block goes through all packed panels. On the right these are a layer's weights, which come from far,
  // and filling rows is cheap: there the packed side is cut.
  if (p.packed == Side::left && p.items * blocks < wanted)
    blocks =
        std::clamp(ceil_div(wanted, p.items), blocks, std::max(p.finish_whole ? panels : panels / 2, blocks));
  blocks = ceil_div(panels, std::max<std::size_t>(ceil_div(panels, blocks), 1));
  pieces = pieces_for(p.items * blocks, threads, p.packed_panels());
}

std::size_t PanelSlot::bytes(const PanelProduct& p) {
  const std::size_t panels = std::min(most_filled_panels, std::max<std::size_t>(p.filled_panels(), 1));
  const std::size_t fit =
      std::max<std::size_t>(block_bytes(p) / std::max<std::size_t>(panel_words(p) * 4, 1), 1);
  const std::size_t filled = p.fills ? std::min(panels, fit) * panel_words(p) * 4 : 0;
  return whole_lines(filled) + whole_lines(tile_count(p) * tile_words(p) * 4) + whole_lines(p.scratch);
}

PanelSlot::PanelSlot(const PanelProduct& p, void* workspace, std::size_t index) {
  std::byte* at = static_cast<std::byte*>(workspace) + index * bytes(p);
  std::byte* end = at + bytes(p);
  tiles = reinterpret_cast<std::uint32_t*>(at);
  panels = reinterpret_cast<std::uint32_t*>(at + whole_lines(tile_count(p) * tile_words(p) * 4));
  scratch = end - whole_lines(p.scratch);
}
