#include <algorithm>

#include "blockgemm.h"

namespace {

/// Rows first … last - 1 of a matrix, one after the other: where they lie, or copied so. Going down the
/// columns of a large matrix misses every cache.
class Rows {
 public:
  explicit Rows(const MatrixView& matrix) : m_(matrix), copy_(m_.inner == 1 ? 0 : together * m_.depth) {}

  MatrixView from(std::size_t first) {
    const std::size_t count = std::min(together, m_.size - first);
    const float* const at = m_.data + first * m_.outer;
    if (m_.inner == 1) return {at, count, m_.depth, m_.outer, 1};
    for (std::size_t k = 0; k < m_.depth; ++k) {
      for (std::size_t i = 0; i < count; ++i) copy_[i * m_.depth + k] = at[i * m_.outer + k * m_.inner];
    }
    return {copy_.data(), count, m_.depth, m_.depth, 1};
  }

  /// A multiple of every block's rows.
  static constexpr std::size_t together = 16;

 private:
  const MatrixView& m_;
  std::vector<float> copy_;
};

/// Calls body(panel, rows of the panel, k) for every block that is not all zero.
template <class Body>
void for_each_block(const MatrixView& m, std::size_t block_rows, Body body) {
  Rows rows(m);
  MatrixView now{};
  for (std::size_t row = 0; row < m.size; row += block_rows) {
    if (row % Rows::together == 0) now = rows.from(row);
    const std::size_t count = std::min(block_rows, m.size - row);
    const MatrixView panel{now.data + row % Rows::together * now.outer, count, m.depth, now.outer, 1};
    for (std::size_t k = 0; k < m.depth; ++k) {
      bool kept = false;  // without a branch for each weight: which are zero cannot be predicted
      for (std::size_t i = 0; i < count; ++i) kept |= panel.data[i * panel.outer + k] != 0;
      if (kept) body(row / block_rows, panel, k);
    }
  }
}

}  // namespace

std::size_t count_blocks(const MatrixView& matrix, std::size_t block_rows) {
  std::size_t count = 0;
  for_each_block(matrix, block_rows, [&](std::size_t, const MatrixView&, std::size_t) { ++count; });
  return count;
}

BlockWeights pack_blocks(const MatrixView& m, std::size_t block_rows) {
  const std::size_t panels = (m.size + block_rows - 1) / block_rows, blocks = count_blocks(m, block_rows);
  BlockWeights w{m.size, m.depth, block_rows, {}, {}, {}};
  w.first.reserve(panels + 1);
  w.indices.reserve(blocks);
  w.values.reserve(blocks * block_rows);
  for_each_block(m, block_rows, [&](std::size_t panel, const MatrixView& rows, std::size_t k) {
    while (w.first.size() <= panel) w.first.push_back(w.indices.size());
    w.indices.push_back(static_cast<std::uint32_t>(k));
    for (std::size_t i = 0; i < block_rows; ++i)
      w.values.push_back(i < rows.size ? rows.data[i * rows.outer + k] : 0);
  });
  while (w.first.size() <= panels) w.first.push_back(w.indices.size());
  return w;
}
