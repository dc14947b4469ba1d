#include "attention.h"

#include <algorithm>
#include <atomic>

#include "../threadPool.h"

namespace {

/// Scores that a block of rows has, about: they stay in the first two caches with the matrices on the right.
constexpr std::size_t block_scores = 16384, most_rows = 64, least_rows = 16;

std::size_t aligned(std::size_t floats) { return (floats + 15) / 16 * 16; }

std::size_t rows_of(const Attention& a) {
  const std::size_t rows = block_scores / a.keys.matrix.size / least_rows * least_rows;
  return std::clamp(rows, least_rows, most_rows);
}

/// The product of `left` by what is packed in `panels`.
Gemm product_of(const MatrixView& left, std::size_t n, const float* panels, float* c) {
  Gemm g{};
  g.m = left.size, g.n = n, g.depth = left.depth;
  g.packed = Side::right, g.panels = panels;
  g.fill = gemm_fill(Side::left, left);
  g.c = c, g.stride = n;
  return g;
}

/// Where a thread works: an item's packed keys and values, a block's scores, what gemm needs.
class Slot {
 public:
  Slot(const Attention& a, float* workspace)
      : a_(a),
        keys_(workspace),
        values_(keys_ + keys_size(a)),
        scores_(values_ + values_size(a)),
        rest_(scores_ + scores_size(a)) {}

  static std::size_t bytes(const Attention& a) {
    return (keys_size(a) + values_size(a) + scores_size(a)) * sizeof(float) + (gemm_bytes(a) + 63) / 64 * 64;
  }

  void block(std::size_t item, std::size_t row, std::size_t rows) {
    if (item != item_) pack(item);
    const std::size_t n = a_.keys.matrix.size, width = a_.values.matrix.size;
    const std::size_t first = item * a_.queries.matrix.size + row;
    MatrixView queries = a_.queries.at(item);
    queries.data += row * queries.outer;
    queries.size = rows;
    gemm(nullptr, product_of(queries, n, keys_, scores_), rest_);
    for (std::size_t i = 0; i < rows; ++i) {
      const float* const mask = a_.mask.mask ? a_.mask.mask + a_.mask.offset(first + i) : nullptr;
      normalization_kernels().masked_softmax(scores_ + i * n, n, a_.mask.factor, mask, scores_ + i * n);
    }
    gemm(nullptr, product_of({scores_, rows, n, n, 1}, width, values_, a_.y + first * width), rest_);
  }

 private:
  void pack(std::size_t item) {
    gemm_pack(Side::right, a_.keys.at(item), keys_);
    gemm_pack(Side::right, a_.values.at(item), values_);
    item_ = item;
  }

  static std::size_t packed_size(const MatrixView& right) {
    return aligned(gemm_packed_size(Side::right, right.size, right.depth));
  }
  static std::size_t keys_size(const Attention& a) { return packed_size(a.keys.matrix); }
  static std::size_t values_size(const Attention& a) { return packed_size(a.values.matrix); }
  static std::size_t scores_size(const Attention& a) { return aligned(rows_of(a) * a.keys.matrix.size); }
  static std::size_t gemm_bytes(const Attention& a) {
    MatrixView queries = a.queries.matrix;
    queries.size = rows_of(a);
    const std::size_t n = a.keys.matrix.size;
    return std::max(
        gemm_workspace(product_of(queries, n, nullptr, nullptr), 1),
        gemm_workspace(product_of({nullptr, rows_of(a), n, n, 1}, a.values.matrix.size, nullptr, nullptr),
                       1));
  }

  const Attention& a_;
  float *keys_, *values_, *scores_, *rest_;
  std::size_t item_ = static_cast<std::size_t>(-1);
};

}  // namespace

std::size_t attention_workspace(const Attention& a, std::size_t threads) {
  return Slot::bytes(a) * std::max<std::size_t>(threads, 1);
}

void attention(const Work& work, const Attention& a, void* workspace) {
  const std::size_t m = a.queries.matrix.size, each = rows_of(a), blocks = (m + each - 1) / each;
  const std::size_t tasks = a.items * blocks, slot_floats = Slot::bytes(a) / sizeof(float);
  std::atomic<std::size_t> next{0};
  work.for_each(std::min(work.pool.size(), tasks), [&](std::size_t index) {
    Slot slot(a, static_cast<float*>(workspace) + index * slot_floats);
    for (std::size_t t; (t = next.fetch_add(1, std::memory_order_relaxed)) < tasks;) {
      if (work.cancelled.load(std::memory_order_relaxed)) return;
      const std::size_t row = t % blocks * each;
      slot.block(t / blocks, row, std::min(each, m - row));
    }
  });
}
