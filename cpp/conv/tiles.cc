#include "tiles.h"

#include <algorithm>
#include <atomic>

#include "../threadPool.h"
#include "stripBlocks.h"

namespace {

/// Multiplications below which waking other threads costs more than it saves, had the weights no zeros.
constexpr std::size_t worth_sharing = 1024 * 1024;

void run_blocks(const ConvTiles& t, const StripBlocks& blocks, const Work* work, const std::uint32_t* table,
                std::uint32_t* slots) {
  const bool shared = work && t.items * t.m * blocks.shape.pixels() * blocks.shape.depth() >= worth_sharing;
  const std::size_t threads = shared ? work->pool.size() : 1, panels = ceil_div(t.m, t.size.rows);
  const std::size_t pieces = pieces_for(t.items * blocks.count, threads, panels);
  const std::size_t tasks = t.items * blocks.count * pieces;
  std::atomic<std::size_t> next{0};
  const auto work_along = [&](std::size_t index) {
    std::uint32_t* at = slots + index * StripSlot::words(blocks, t.size);
    const StripSlot slot{at, at + 2 * StripSlot::tile_words(t.size)};
    BlockRun run(t, blocks, table, slot);
    if (t.enter) t.enter();
    for (std::size_t i; (i = next.fetch_add(1, std::memory_order_relaxed)) < tasks;) {
      if (work && work->cancelled.load(std::memory_order_relaxed)) break;
      const std::size_t piece = i % pieces;
      run.run(i / pieces / blocks.count, i / pieces % blocks.count, panels * piece / pieces,
              panels * (piece + 1) / pieces);
    }
    if (t.leave) t.leave();
  };
  if (threads == 1) return work_along(0);
  work->for_each(std::min(threads, tasks), work_along);
}

/// The same from panels.
PanelProduct panel_product(const ConvTiles& t, const std::uint32_t* table) {
  PanelProduct p{};
  p.items = t.items;
  p.m = t.m;
  p.n = t.input.shape.pixels();
  p.depth = t.input.shape.depth();
  p.size = t.size;
  p.enter = t.enter;
  p.leave = t.leave;
  p.packed = Side::left;
  p.fill = conv_fill(t.input.shape, t.input.image, t.input.item_step, t.input.pad, t.size);
  p.scratch = conv_scratch(t.input.shape, t.size);
  p.whole = [&t, table](std::size_t item, std::size_t panel, const std::uint32_t* filled, std::size_t columns,
                        void* tile) { t.whole(item, panel, filled, table, columns, tile); };
  p.store = t.store;
  return p;
}

}  // namespace

std::size_t ConvTiles::workspace(std::size_t threads) const {
  const std::size_t table = aligned_words(input.shape.depth()) * 4;
  if (const auto blocks = StripBlocks::of(*this)) {
    return table + StripSlot::words(*blocks, size) * 4 * std::max<std::size_t>(threads, 1);
  }
  return table + panel_workspace(panel_product(*this, nullptr), threads);
}

void ConvTiles::run(const Work* work, void* workspace) const {
  const std::size_t depth = input.shape.depth(), taps = input.shape.taps();
  if (items == 0 || m == 0 || input.shape.pixels() == 0) return;
  auto* table = static_cast<std::uint32_t*>(workspace);
  std::uint32_t* rest = table + aligned_words(depth);
  const auto blocks = StripBlocks::of(*this);
  if (!blocks) {
    for (std::size_t k = 0; k < depth; ++k) table[k] = static_cast<std::uint32_t>(k * size.columns);
    return multiply_panels(work, panel_product(*this, table), rest);
  }
  const std::size_t plane =
      blocks->strip.in_place() ? blocks->shape.height * blocks->shape.width : blocks->strip.words();
  for (std::size_t k = 0; k < depth; ++k) {
    table[k] = static_cast<std::uint32_t>(k / taps * plane + blocks->strip.taps()[k % taps]);
  }
  run_blocks(*this, *blocks, work, table, rest);
}
