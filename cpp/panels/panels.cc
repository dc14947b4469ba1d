#include "panels.h"

#include <algorithm>
#include <atomic>

#include "../threadPool.h"
#include "blocks.h"
#include "stores.h"

namespace {

/// Multiplications below which waking other threads costs more than it saves.
constexpr std::size_t worth_sharing = 128 * 1024;

struct Range {
  std::size_t from, to;
};

Range part(std::size_t count, std::size_t parts, std::size_t index) {
  return {count * index / parts, count * (index + 1) / parts};
}

/// Chunks of the inner dimension are about equally long, and no longer than one and a half times what the
/// kernel wants.
std::size_t chunk_length(const PanelProduct& p) {
  const std::size_t depth = p.padded_depth(), wanted = p.size.depth_chunk;
  const std::size_t chunks = std::max<std::size_t>((depth + wanted / 2) / wanted, 1);
  return ceil_div(ceil_div(depth, chunks), p.size.depth_step) * p.size.depth_step;
}

/// Part `index` of `parts` of the words that are read next, and come from far.
Ahead part_ahead(const std::uint32_t* next, std::size_t words, std::size_t parts, std::size_t index) {
  const Range range = part(words, parts, index);
  return {reinterpret_cast<const std::byte*>(next + range.from), (range.to - range.from) * 4};
}

/// With fewer tiles to a chunk, asking for the next one takes as long as computing with it.
constexpr std::size_t fewest_tiles = 4;

/// Asks for lines to be fetched into the second-level cache.
void fetch(const Ahead& ahead) {
#ifdef __GNUC__
  for (std::size_t at = 0; at < ahead.bytes; at += 64) __builtin_prefetch(ahead.at + at, 0, 2);
#endif
}

void multiply(const PanelProduct& p, const TileOperands& t, const Ahead& next) {
  if (p.product_ahead) {
    p.product_ahead(t.left, t.right, t.right_step, t.depth, t.rows, t.columns, t.tile, t.add, next);
  } else {
    p.product(t.left, t.right, t.right_step, t.depth, t.rows, t.columns, t.tile, t.add);
  }
}

/// One packed panel by all filled panels of a block.
void strip(const PanelProduct& p, std::size_t item, std::size_t packed_panel, Range block,
           const PanelSlot& slot, TileStores& stores) {
  const bool left = p.packed == Side::left;
  const std::size_t depth = p.padded_depth();
  const std::uint32_t* packed =
      p.panels + (item % p.packed_items) * p.packed_step + packed_panel * depth * p.packed_width();
  const std::size_t length = chunk_length(p), right_step = !p.fills ? p.rows_step
                                                           : left   ? p.filled_width()
                                                                    : p.size.columns;
  // A right panel is too wide for what processors fetch ahead by themselves.
  const bool fetches = !left && !p.product_ahead && block.to - block.from >= fewest_tiles;
  std::size_t from = 0;
  do {
    const std::size_t chunk = std::min(depth - from, length);
    const bool whole = chunk == depth, last = from + chunk == depth;
    // Words of the next chunk; the next panel's follow this one's.
    const std::size_t next =
        last ? (packed_panel + 1 < p.packed_panels() ? length : 0) : std::min(depth - from - chunk, length);
    const std::size_t ahead = next * p.packed_width();
    for (std::size_t f = block.from; f < block.to; ++f) {
      const std::uint32_t* filled = !p.fills ? p.rows + item * p.rows_item_step + f * p.size.columns
                                             : slot.panels + (f - block.from) * PanelSlot::panel_words(p);
      std::uint32_t* tile = slot.tiles + (whole ? stores.turn() : f - block.from) * PanelSlot::tile_words(p);
      const std::uint32_t *a = left ? packed : filled, *b = left ? filled : packed;
      const std::size_t row = (left ? packed_panel : f) * p.size.rows;
      const std::size_t column = (left ? f : packed_panel) * p.size.columns;
      // The last right panel may have columns beside it.
      const std::size_t columns = left && f + 1 < p.filled_panels() ? p.size.columns
                                  : left                            ? p.n - column
                                                                    : std::min(p.n - column, p.size.columns);
      const TileOperands operands{a + from * p.size.left_width(),
                                  b + from * right_step,
                                  right_step,
                                  chunk,
                                  std::min(p.m - row, p.size.rows),
                                  columns,
                                  tile,
                                  from > 0};
      const Ahead next_part = part_ahead(packed + (from + chunk) * p.packed_width(), ahead,
                                         block.to - block.from, f - block.from);
      if (last && p.finish) {
        p.finish(item, row, column, operands);
      } else {
        multiply(p, operands, next_part);
        if (last) stores.add(item, row, column, tile);
      }
      if (fetches) fetch(next_part);
    }
    from += chunk;
  } while (from < depth);
  if (length < depth) stores.flush();
}

/// The same where tiles are computed whole. Packed panels are on the left.
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
  const Range packed = part(p.packed_panels(), cut.pieces, piece);
  if (p.fills) p.fill(item, filled.from, filled.to - filled.from, slot.panels, slot.scratch);
  TileStores stores(p);
  for (std::size_t i = packed.from; i < packed.to; ++i) {
    if (cancelled && cancelled->load(std::memory_order_relaxed)) return;
    (p.whole ? whole_strip : strip)(p, item, i, filled, slot, stores);
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
