#include "panels.h"

#include <algorithm>
#include <atomic>

#include "../taskShares.h"
#include "../threadPool.h"
#include "blocks.h"
#include "stores.h"
#include "strip.h"

namespace {

/// Left panels that pass by a right one while it is in the first cache: of a chunk's length they stay in the
/// second.
constexpr std::size_t most_panels_together = 32;

/// Right panels of less depth are soon read again. Where they are few, rows of the result are short; else so
/// are those of layers with more results than terms, since there rows of the result should follow one
/// another.
constexpr std::size_t few_panels = 4, fewest_kept_of_few = 128, fewest_kept = 192, most_rows_kept = 3;

/// Multiplications below which waking other threads costs more than it saves.
constexpr std::size_t worth_sharing = 128 * 1024;

PanelRange part(std::size_t count, std::size_t parts, std::size_t index) {
  return {count * index / parts, count * (index + 1) / parts};
}

/// Fills the panels of a block that are not read in place.
void fill(const PanelProduct& p, std::size_t item, PanelRange block, const PanelSlot& slot) {
  const std::size_t from = std::clamp(panels_in_place(p), block.from, block.to);
  if (from == block.to) return;
  p.fill(item, from, block.to - from, slot.panels + (from - block.from) * PanelSlot::panel_words(p),
         slot.scratch);
}

void run_task(const PanelProduct& p, const PanelCut& cut, std::size_t task, const PanelSlot& slot,
              const std::atomic<bool>* cancelled) {
  const std::size_t piece = task % cut.pieces, block = task / cut.pieces % cut.blocks;
  const std::size_t item = task / cut.pieces / cut.blocks;
  const PanelRange filled = part(p.filled_panels(), cut.blocks, block);
  const PanelRange packed = part(p.packed_panels(), cut.pieces, piece);
  if (p.fills) fill(p, item, filled, slot);
  TileStores stores(p);
  const std::size_t group = p.group();
  for (std::size_t i = packed.from; i < packed.to; i += group) {
    if (cancelled && cancelled->load(std::memory_order_relaxed)) return;
    if (p.whole) {
      whole_strip(p, item, i, filled, slot, stores);
    } else {
      strip(p, item, {i, std::min(i + group, packed.to)}, filled, slot, stores);
    }
  }
  stores.flush();
}

}  // namespace

void store_rows(TileStores& stores, std::size_t row) { stores.store_to(row); }

std::size_t PanelProduct::filled_panels() const {
  return packed == Side::left ? size.right_panels(n) : ceil_div(m, size.rows);
}

std::size_t PanelProduct::packed_panels() const {
  return packed == Side::left ? ceil_div(m, size.rows) : ceil_div(n, size.columns);
}

bool PanelProduct::keeps_right() const {
  if (!size.keeps_right || packed != Side::left || whole || filled_panels() <= 1) return false;
  if (filled_panels() <= few_panels) return depth >= fewest_kept_of_few;
  return depth >= fewest_kept && m <= most_rows_kept * depth;
}

std::size_t PanelProduct::group() const {
  return keeps_right() ? std::clamp<std::size_t>(packed_panels(), 1, most_panels_together) : 1;
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
  TaskShares shares(tasks, threads);
  const std::atomic<bool>* const cancelled = work ? &work->cancelled : nullptr;
  const auto work_along = [&](std::size_t index) {
    const PanelSlot slot(p, workspace, index);
    if (p.enter) p.enter();
    shares.take(cancelled, [&](std::size_t t) { run_task(p, cut, t, slot, cancelled); });
    if (p.leave) p.leave();
  };
  if (threads == 1) return work_along(0);
  work->for_each(std::min(threads, tasks), work_along);
}
