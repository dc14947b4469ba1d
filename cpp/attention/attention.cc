#include "attention.h"

#include <algorithm>
#include <atomic>
#include <cstring>

#include "../panels/panels.h"
#include "../threadPool.h"
#include "kernels.h"
#include "rightPanels.h"

namespace {

/// Scores that a block of rows has, about: they stay in the first cache, with the panel that they multiply in
/// the second.
constexpr std::size_t block_scores = 8192, most_rows = 64, least_rows = 12;
/// Keys whose values go through the cache together.
constexpr std::size_t keys_at_once = 512;

std::size_t aligned(std::size_t floats) { return (floats + 15) / 16 * 16; }

/// How an attention is cut, and where a thread works on it.
class Blocks {
 public:
  explicit Blocks(const Attention& a)
      : kernels(attention_kernels()),
        keys(a.keys.matrix.size, a.keys.matrix.depth, kernels),
        values(a.values.matrix.size, a.values.matrix.depth, kernels),
        step(keys.column(keys.count())),
        rows(std::clamp(block_scores / step, least_rows, most_rows)),
        gathers(a.queries.matrix.inner != 1) {}

  const AttentionKernels& kernels;
  const RightPanels keys, values;
  /// Scores of a row, filled up to whole vectors, and rows of a block.
  const std::size_t step, rows;
  /// Whether a row's queries are apart in memory.
  const bool gathers;
};

class Slot {
 public:
  Slot(const Attention& a, const Blocks& blocks, float* workspace)
      : a_(a),
        b_(blocks),
        keys_(workspace),
        values_(keys_ + aligned(b_.keys.floats())),
        scores_(values_ + aligned(b_.values.floats())),
        queries_(scores_ + aligned(b_.rows * b_.step)),
        result_(queries_ + queries_size(a, b_)) {}

  static std::size_t floats(const Attention& a, const Blocks& b) {
    return aligned(b.keys.floats()) + aligned(b.values.floats()) + aligned(b.rows * b.step) +
           queries_size(a, b) + 2 * result_size(a, b);
  }

  void pack(std::size_t item) {
    b_.keys.pack(a_.keys.at(item), keys_);
    b_.values.pack(a_.values.at(item), values_);
  }

  /// `count` rows of an item from `row` on, at most those of a block.
  void block(std::size_t item, std::size_t row, std::size_t count) {
    const std::size_t first = item * a_.queries.matrix.size + row;
    score(item, row, count);
    weigh(first, count);
    a_.result.in_bytes ? store_bytes(first, count) : store_floats(first, count);
  }

 private:
  void score(std::size_t item, std::size_t row, std::size_t count) {
    MatrixView queries = a_.queries.at(item);
    queries.data += row * queries.outer;
    if (b_.gathers) queries = gathered(queries, count);
    for (std::size_t p = 0; p < b_.keys.count(); ++p) {
      b_.kernels.product({queries.data, queries.outer, b_.keys.row(keys_, p, 0), queries.depth, count,
                          b_.keys.width(p), scores_ + b_.keys.column(p), b_.step, false, nullptr});
    }
  }

  void weigh(std::size_t first, std::size_t count) {
    std::size_t offsets[most_rows];
    const ScoreMask& mask = a_.mask;
    if (mask.mask) mask.rows.offsets(first, count, offsets);
    b_.kernels.weights({scores_, b_.step, count, a_.keys.matrix.size, mask.factor, mask.mask, offsets},
                       inverses_);
  }

  void store_floats(std::size_t first, std::size_t count) const {
    const RowAxes& rows = a_.result.rows;
    sum(count, static_cast<float*>(a_.result.to) + rows.offset(first),
        rows.strides.empty() ? 0 : rows.strides.back());
  }

  void store_bytes(std::size_t first, std::size_t count) const {
    const std::size_t width = a_.values.matrix.size;
    auto* const bytes = reinterpret_cast<std::uint8_t*>(result_ + result_size(a_, b_));
    sum(count, result_, width);
    quantize_kernels().run8(result_, count * width, a_.result.rule, bytes);
    std::size_t offsets[most_rows];
    a_.result.rows.offsets(first, count, offsets);
    for (std::size_t i = 0; i < count; ++i)
      std::memcpy(static_cast<std::uint8_t*>(a_.result.to) + offsets[i], bytes + i * width, width);
  }

  /// Rows of weighted values to c.
  void sum(std::size_t count, float* c, std::size_t c_step) const {
    const std::size_t n = a_.keys.matrix.size, width = a_.values.matrix.size;
    for (std::size_t k = 0; k < n; k += keys_at_once) {
      const std::size_t depth = std::min(keys_at_once, n - k);
      for (std::size_t p = 0; p < b_.values.count(); ++p) {
        const std::size_t column = b_.values.column(p);
        b_.kernels.product({scores_ + k, b_.step, b_.values.row(values_, p, k), depth, count,
                            std::min(b_.values.width(p), width - column), c + column, c_step, k > 0,
                            k + depth == n ? inverses_ : nullptr});
      }
    }
  }

  MatrixView gathered(const MatrixView& queries, std::size_t count) const {
    const std::size_t depth = queries.depth;
    for (std::size_t i = 0; i < count; ++i) {
      for (std::size_t k = 0; k < depth; ++k)
        queries_[i * depth + k] = queries.data[i * queries.outer + k * queries.inner];
    }
    return {queries_, count, depth, depth, 1};
  }

  static std::size_t queries_size(const Attention& a, const Blocks& b) {
    return b.gathers ? aligned(b.rows * a.queries.matrix.depth) : 0;
  }
  static std::size_t result_size(const Attention& a, const Blocks& b) {
    return a.result.in_bytes ? aligned(b.rows * a.values.matrix.size) : 0;
  }

  const Attention& a_;
  const Blocks& b_;
  float *keys_, *values_, *scores_, *queries_, *result_;
  float inverses_[most_rows];
};

}  // namespace

std::size_t attention_workspace(const Attention& a, std::size_t threads) {
  return Slot::floats(a, Blocks(a)) * sizeof(float) * std::max<std::size_t>(threads, 1);
}

void attention(const Work& work, const Attention& a, void* workspace) {
  const Blocks blocks(a);
  const std::size_t m = a.queries.matrix.size, slot_floats = Slot::floats(a, blocks);
  const std::size_t pieces = pieces_for(a.items, work.pool.size(), (m + blocks.rows - 1) / blocks.rows);
  const std::size_t tasks = a.items * pieces;
  std::atomic<std::size_t> next{0};
  work.for_each(std::min(work.pool.size(), tasks), [&](std::size_t index) {
    Slot slot(a, blocks, static_cast<float*>(workspace) + index * slot_floats);
    for (std::size_t t; (t = next.fetch_add(1, std::memory_order_relaxed)) < tasks;) {
      const std::size_t item = t / pieces, end = m * (t % pieces + 1) / pieces;
      slot.pack(item);
      for (std::size_t row = m * (t % pieces) / pieces; row < end; row += blocks.rows) {
        if (work.cancelled.load(std::memory_order_relaxed)) return;
        slot.block(item, row, std::min(blocks.rows, end - row));
      }
    }
  });
}
