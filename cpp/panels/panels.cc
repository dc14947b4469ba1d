#include "panels.h"

#include <algorithm>
#include <atomic>

#include "../threadPool.h"
#include "blocks.h"
#include "strip.h"

namespace {

/// Multiplications below which waking other threads costs more than it saves.
constexpr std::size_t worth_sharing = 128 * 1024;

/// One packed panel by all filled panels of a block, where tiles are computed whole. Packed panels are on the
/// left.
void whole_strip(const PanelProduct& p, std::size_t item, std::size_t packed_panel, Range block,
                 const PanelSlot& slot, TileStores& stores) {
  for (std::size_t f = block.from; f < block.to; ++f) {
    const std::size_t column = f * p.size.columns, columns = std::min(p.n - column, p.size.columns);
    const std::uint32_t* filled = slot.panels + (f - block.from) * PanelSlot::panel_words(p);
    if (p.finish_whole) {
      p.finish_whole(item, packed_panel, filled, columns, column);
      continue;
    }
    std::uint32_t* tile = slot.tiles + stores.turn() * PanelSlot::tile_words(p);
    p.whole(item, packed_panel, filled, columns, tile);
    stores.add(item, packed_panel * p.size.rows, column, tile);
  }
}

void run_task(const PanelProduct& p, const PanelCut& cut, std::size_t task, const PanelSlot& slot,
              const std::atomic<bool>* cancelled) {
  const std::size_t piece = task % cut.pieces, block = task / cut.pieces % cut.blocks;
  const std::size_t item = task / cut.pieces / cut.blocks;
  const Range filled = {block * cut.per_block, std::min((block + 1) * cut.per_block, p.filled_panels())};
  const Range packed = Range::part(p.packed_panels(), cut.pieces, piece);
  if (p.fills) p.fill(item, filled.from, filled.to - filled.from, slot.panels, slot.scratch);
  TileStores stores(p);
  for (std::size_t i = packed.from; i < packed.to; ++i) {
    if (cancelled && cancelled->load(std::memory_order_relaxed)) return;
    if (p.whole) {
      whole_strip(p, item, i, filled, slot, stores);
    } else {
      PanelStrip(p, item, i, filled, slot, stores).run();
    }
  }
  stores.flush();
}

}  // namespace

std::size_t PanelProduct::filled_panels() const {
  return packed == Side::left ? size.right_panels(n) : ceil_div(m, size.rows);
}

std::size_t PanelProduct::packed_panels() const {
  return packed == Side::left ? ceil_div(m, size.rows) : ceil_div(n, size.columns);
}

std::size_t panel_workspace(const PanelProduct& product, std::size_t threads) {
  return PanelSlot::bytes(product) * std::max<std::size_t>(threads, 1);
}

void multiply_panels(const Work* work, const PanelProduct& p, void* workspace) {
  if (p.items == 0 || p.m == 0 || p.n == 0) return;
  const bool shared = work && p.items * p.m * p.n * std::max<std::size_t>(p.depth, 1) >= worth_sharing;
  const std::size_t threads = shared ? work->pool.size() : 1;
  const PanelCut cut(p, threads);
  const std::size_t tasks = p.items * cut.blocks * cut.pieces;
  std::atomic<std::size_t> next{0};
  const auto work_along = [&](std::size_t index) {
    const PanelSlot slot(p, workspace, index);
    if (p.enter) p.enter();
    for (std::size_t t; (t = next.fetch_add(1, std::memory_order_relaxed)) < tasks;) {
      if (work && work->cancelled.load(std::memory_order_relaxed)) break;
      run_task(p, cut, t, slot, work ? &work->cancelled : nullptr);
    }
    if (p.leave) p.leave();
  };
  if (threads == 1) return work_along(0);
  work->for_each(std::min(threads, tasks), work_along);
}
