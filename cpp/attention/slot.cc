#include "slot.h"

#include <cstring>

#include "../memory/lines.h"

namespace {

/// Keys whose values go through the cache together.
constexpr std::size_t keys_at_once = 512;

std::size_t queries_size(const AttentionBlocks& b) {
  return b.gathers ? whole_lines_of_words(b.rows * b.keys.depth()) : 0;
}

/// Of the floats that bytes are made of.
std::size_t result_size(const Attention& a, const AttentionBlocks& b) {
  return a.result.in_bytes ? whole_lines_of_words(b.rows * a.values.matrix.size) : 0;
}

}  // namespace

AttentionSlot::AttentionSlot(const Attention& a, const AttentionBlocks& blocks, float* workspace)
    : a_(a),
      b_(blocks),
      keys_(workspace),
      values_(keys_ + whole_lines_of_words(b_.keys.floats())),
      scores_(values_ + whole_lines_of_words(b_.values.floats())),
      queries_(scores_ + whole_lines_of_words(b_.rows * b_.step)),
      result_(queries_ + queries_size(b_)) {}

std::size_t AttentionSlot::floats(const Attention& a, const AttentionBlocks& b) {
  return whole_lines_of_words(b.keys.floats()) + whole_lines_of_words(b.values.floats()) +
         whole_lines_of_words(b.rows * b.step) + queries_size(b) + 2 * result_size(a, b);
}

void AttentionSlot::pack(std::size_t item) {
  const std::size_t wanted = a_.keys.shared == a_.values.shared ? item / a_.keys.shared : item;
  if (packed_ == wanted) return;
  packed_ = wanted;
  b_.keys.pack(a_.keys.at(item), keys_);
  b_.values.pack(a_.values.at(item), values_);
}

void AttentionSlot::block(std::size_t item, std::size_t row, std::size_t count) {
  const std::size_t first = item * a_.queries.matrix.size + row;
  score(item, row, count);
  weigh(first, count);
  a_.result.in_bytes ? store_bytes(first, count) : store_floats(first, count);
}

void AttentionSlot::score(std::size_t item, std::size_t row, std::size_t count) {
  MatrixView queries = a_.queries.at(item);
  queries.data += row * queries.outer;
  if (b_.gathers) queries = gathered(queries, count);
  for (std::size_t p = 0; p < b_.keys.count(); ++p) {
    b_.kernels.product({queries.data, queries.outer, b_.keys.row(keys_, p, 0), b_.keys.depth(), count,
                        b_.keys.width(p), scores_ + b_.keys.column(p), b_.step, false, nullptr});
  }
}

void AttentionSlot::weigh(std::size_t first, std::size_t count) {
  std::size_t offsets[AttentionBlocks::most_rows];
  const ScoreMask& mask = a_.mask;
  if (mask.mask) mask.rows.offsets(first, count, offsets);
  b_.kernels.weights({scores_, b_.step, count, a_.keys.matrix.size, mask.factor, mask.mask, offsets},
                     inverses_);
  if (b_.form) b_.form->left(scores_, b_.step, count, b_.step, scores_, b_.step);
}

void AttentionSlot::store_floats(std::size_t first, std::size_t count) const {
  const RowAxes& rows = a_.result.rows;
  sum(count, static_cast<float*>(a_.result.to) + rows.offset(first), rows.strides.back());
}

void AttentionSlot::store_bytes(std::size_t first, std::size_t count) const {
  const std::size_t width = a_.values.matrix.size;
  auto* const bytes = reinterpret_cast<std::uint8_t*>(result_ + result_size(a_, b_));
  sum(count, result_, width);
  quantize_kernels().run8(result_, count * width, a_.result.rule, bytes);
  std::size_t offsets[AttentionBlocks::most_rows];
  a_.result.rows.offsets(first, count, offsets);
  for (std::size_t i = 0; i < count; ++i)
    std::memcpy(static_cast<std::uint8_t*>(a_.result.to) + offsets[i], bytes + i * width, width);
}

void AttentionSlot::sum(std::size_t count, float* c, std::size_t c_step) const {
  const std::size_t n = b_.values.depth(), width = a_.values.matrix.size;
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

MatrixView AttentionSlot::gathered(const MatrixView& queries, std::size_t count) const {
  const std::size_t depth = queries.depth, step = b_.keys.depth();
  const float* from = queries.data;
  std::size_t from_step = queries.outer;
  if (queries.inner != 1) {
    for (std::size_t i = 0; i < count; ++i) {
      for (std::size_t k = 0; k < depth; ++k)
        queries_[i * step + k] = queries.data[i * queries.outer + k * queries.inner];
    }
    from = queries_, from_step = step;
  }
  if (b_.form) b_.form->left(from, from_step, count, depth, queries_, step);
  return {queries_, count, depth, step, 1};
}
