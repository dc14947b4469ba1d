#include "tiles.h"

#include <algorithm>

#include "../taskShares.h"
#include "../threadPool.h"
#include "shiftedBlocks.h"
#include "stripBlocks.h"

namespace {

/// Multiplications below which waking other threads costs more than it saves, had the weights no zeros.
constexpr std::size_t worth_sharing = 1024 * 1024;

/// So many lines of weights, which cores only read, cost what one of the image does that two cores read: who
/// writes to it next waits for the other to let it go.
constexpr std::size_t dear_lines = 8;
/// With fewer pixels of a plane to a block, most of their lines are shared anyway.
constexpr std::size_t fewest_pixels = 64;

/// Of a pool of `threads`.
std::size_t threads_for(const ConvTiles& t, std::size_t threads) {
  const ConvShape& s = t.input.shape;
  return t.items * t.m * s.pixels() * s.depth() >= worth_sharing ? std::max<std::size_t>(threads, 1) : 1;
}

/// Calls body(slot, item, block, first panel, end) for `blocks` blocks of each item by all panels of the
/// weights, which are cut in pieces for the threads. Each thread has a slot of its own.
template <class Body>
void for_each_piece(const ConvTiles& t, std::size_t blocks, const Work* work, std::size_t threads,
                    const Body& body) {
  const std::size_t panels = ceil_div(t.m, t.size.rows);
  const std::size_t pieces = pieces_for(t.items * blocks, threads, panels);
  const std::size_t tasks = t.items * blocks * pieces;
  TaskShares shares(tasks, threads);
  const auto work_along = [&](std::size_t index) {
    if (t.enter) t.enter();
    shares.take(work ? &work->cancelled : nullptr, [&](std::size_t i) {
      const std::size_t piece = i % pieces;
      body(index, i / pieces / blocks, i / pieces % blocks, panels * piece / pieces,
           panels * (piece + 1) / pieces);
    });
    if (t.leave) t.leave();
  };
  if (threads == 1) return work_along(0);
  work->for_each(std::min(threads, tasks), work_along);
}

void run_strips(const ConvTiles& t, const StripBlocks& blocks, const Work* work, std::size_t threads,
                const std::uint32_t* table, std::uint32_t* slots) {
  for_each_piece(
      t, blocks.cut.count(), work, threads,
      [&](std::size_t index, std::size_t item, std::size_t block, std::size_t first, std::size_t last) {
        std::uint32_t* at = slots + index * StripSlot::words(blocks, t.size);
        const StripSlot slot{at, at + 2 * StripSlot::tile_words(t.size)};
        BlockRun(t, blocks, table, slot).run(item, block, first, last);
      });
}

void run_shifts(const ConvTiles& t, const ShiftedBlocks& blocks, const Work* work, std::size_t threads,
                const std::uint32_t* table, std::uint32_t* slots) {
  for_each_piece(
      t, blocks.cut.count(), work, threads,
      [&](std::size_t index, std::size_t item, std::size_t block, std::size_t first, std::size_t last) {
        run_shifted(t, blocks, table, slots + index * blocks.slot_words(), item, block, first, last);
      });
}

/// Offsets of the inner indices, where those of a channel are `taps` and channels are `plane` words apart.
void fill_table(std::size_t channels, const std::vector<std::size_t>& taps, std::size_t plane,
                std::uint32_t* table) {
  for (std::size_t c = 0; c < channels; ++c) {
    for (const std::size_t tap : taps) *table++ = static_cast<std::uint32_t>(c * plane + tap);
  }
}

/// Tiles of panels that are finished at once are about equally wide, and begin where lines do.
TileSize panel_size(const ConvTiles& t) {
  TileSize size = t.size;
  if (!t.finish) {
    size.tail = 0;
    return size;
  }
  const std::size_t pixels = t.input.shape.pixels(), vectors = tile_vectors(size, pixels);
  const std::size_t tiles = std::max<std::size_t>(ceil_div(vectors * size.lanes, size.columns), 1);
  size.columns = std::max<std::size_t>(ceil_div(vectors, tiles), 1) * size.lanes;
  size.tail = vectors * size.lanes < pixels ? size.lanes : 0;
  return size;
}

/// The same from panels.
PanelProduct panel_product(const ConvTiles& t, const std::uint32_t* table) {
  PanelProduct p{};
  p.items = t.items;
  p.m = t.m;
  p.n = t.input.shape.pixels();
  p.depth = t.input.shape.depth();
  p.size = panel_size(t);
  p.enter = t.enter;
  p.leave = t.leave;
  p.packed = Side::left;
  p.fill = conv_fill(t.input.shape, t.input.image, t.input.item_step, t.input.pad, p.size);
  p.scratch = conv_scratch(t.input.shape, p.size);
  p.whole = [&t, table](std::size_t item, std::size_t panel, const std::uint32_t* filled, std::size_t columns,
                        void* tile) {
    t.whole(item, panel, {filled, table, columns}, tile);
  };
  p.store = t.store;
  if (t.finish) {
    p.finish_whole = [&t, table](std::size_t item, std::size_t panel, const std::uint32_t* filled,
                                 std::size_t columns, std::size_t column) {
      t.finish(item, panel, {filled, table, columns}, column);
    };
  }
  return p;
}

}  // namespace

std::size_t ConvTiles::shared_blocks(std::size_t blocks, std::size_t most, std::size_t threads) const {
  const ConvShape& s = input.shape;
  const std::size_t image_bytes = s.channels * s.height * s.width * 4;
  blocks = ceil_div(blocks, halves()) * halves();
  if (weight_bytes > dear_lines * image_bytes) return blocks;
  most = std::min(most, s.pixels() / fewest_pixels);
  for (std::size_t n = blocks; n <= most; n += halves()) {
    if (items * n % threads == 0) return n;
  }
  return blocks;
}

std::size_t ConvTiles::workspace(std::size_t threads) const {
  const std::size_t table = whole_lines_of_words(input.shape.depth()) * 4,
                    slots = std::max<std::size_t>(threads, 1);
  if (input.shape.pixels() == 0) return table;
  const std::size_t shared = threads_for(*this, threads);
  if (const auto blocks = ShiftedBlocks::of(*this, shared)) return table + blocks->slot_words() * 4 * slots;
  if (const auto blocks = StripBlocks::of(*this, shared))
    return table + StripSlot::words(*blocks, size) * 4 * slots;
  return table + panel_workspace(panel_product(*this, nullptr), threads);
}

void ConvTiles::run(const Work* work, void* workspace) const {
  const ConvShape& s = input.shape;
  if (items == 0 || m == 0 || s.pixels() == 0) return;
  auto* table = static_cast<std::uint32_t*>(workspace);
  std::uint32_t* rest = table + whole_lines_of_words(s.depth());
  const std::size_t threads = work ? threads_for(*this, work->pool.size()) : 1;
  if (const auto blocks = ShiftedBlocks::of(*this, threads)) {
    fill_table(s.channels, blocks->rows.taps(), blocks->rows.words(), table);
    return run_shifts(*this, *blocks, work, threads, table, rest);
  }
  if (const auto blocks = StripBlocks::of(*this, threads)) {
    const std::size_t plane = blocks->strip.in_place() ? input.plane() : blocks->strip.words();
    fill_table(s.channels, blocks->strip.taps(), plane, table);
    return run_strips(*this, *blocks, work, threads, table, rest);
  }
  const PanelProduct product = panel_product(*this, table);
  for (std::size_t k = 0; k < s.depth(); ++k) table[k] = static_cast<std::uint32_t>(k * product.size.columns);
  multiply_panels(work, product, rest);
}
