#include "attention.h"

#include <algorithm>

#include "../panels/panels.h"
#include "../roundUp.h"
#include "../taskShares.h"
#include "../threadPool.h"
#include "fewRows.h"
#include "slot.h"

namespace {

/// With more rows to an item, keys and values are worth packing.
constexpr std::size_t most_few_rows = 4;

bool has_few_rows(const Attention& a) {
  const bool lie_in_rows =
      a.queries.matrix.inner == 1 && a.keys.matrix.inner == 1 && a.values.matrix.outer == 1;
  return a.queries.matrix.size <= most_few_rows && lie_in_rows && !a.result.in_bytes;
}

/// Scores of an item.
std::size_t item_floats(const Attention& a) {
  return few_rows_floats(a.queries.matrix.size, a.keys.matrix.size);
}

void attend_item(const Attention& a, std::size_t item, float* scores) {
  const MatrixView queries = a.queries.at(item), keys = a.keys.at(item), values = a.values.at(item);
  const std::size_t m = queries.size, first = item * m;
  std::size_t offsets[most_few_rows];
  if (a.mask.mask) a.mask.rows.offsets(first, m, offsets);
  float* const to = static_cast<float*>(a.result.to) + a.result.rows.offset(first);
  attend_few_rows({{queries.data, m, queries.outer},
                   {keys.data, keys.size, keys.depth, keys.outer},
                   {values.data, values.depth, values.size, values.inner},
                   a.mask.factor,
                   a.mask.mask,
                   offsets,
                   {to, m, a.result.rows.strides.back()}},
                  scores);
}

}  // namespace

std::size_t attention_workspace(const Attention& a, std::size_t threads) {
  if (has_few_rows(a)) return a.items * item_floats(a) * sizeof(float);
  return AttentionSlot::floats(a, AttentionBlocks(a)) * sizeof(float) * std::max<std::size_t>(threads, 1);
}

void attention(const Work& work, const Attention& a, void* workspace) {
  if (has_few_rows(a)) {
    return work.for_each(a.items, [&](std::size_t item) {
      attend_item(a, item, static_cast<float*>(workspace) + item * item_floats(a));
    });
  }
  const AttentionBlocks blocks(a);
  const std::size_t m = a.queries.matrix.size, slot_floats = AttentionSlot::floats(a, blocks);
  const std::size_t pieces = pieces_for(a.items, work.pool.size(), ceil_div(m, blocks.rows));
  const std::size_t tasks = a.items * pieces;
  TaskShares shares(tasks, work.pool.size());
  work.for_each(std::min(work.pool.size(), tasks), [&](std::size_t index) {
    if (blocks.form) blocks.form->enter();
    AttentionSlot slot(a, blocks, static_cast<float*>(workspace) + index * slot_floats);
    shares.take(&work.cancelled, [&](std::size_t t) {
      const std::size_t item = t / pieces, end = m * (t % pieces + 1) / pieces;
      slot.pack(item);
      for (std::size_t row = m * (t % pieces) / pieces; row < end; row += blocks.rows) {
        if (work.cancelled.load(std::memory_order_relaxed)) return;
        slot.block(item, row, std::min(blocks.rows, end - row));
      }
    });
    if (blocks.form) blocks.form->leave();
  });
}
