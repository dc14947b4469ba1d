#include "attention.h"

#include <algorithm>

#include "../panels/panels.h"
#include "../roundUp.h"
#include "../taskShares.h"
#include "../threadPool.h"
#include "slot.h"

std::size_t attention_workspace(const Attention& a, std::size_t threads) {
  return AttentionSlot::floats(a, AttentionBlocks(a)) * sizeof(float) * std::max<std::size_t>(threads, 1);
}

void attention(const Work& work, const Attention& a, void* workspace) {
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
