#include <algorithm>

#include "blockgemm.h"

namespace {

/// Calls body(panel, k) for every block that is not all zero.
template <class Body>
void for_each_block(const MatrixView& m, std::size_t block_rows, Body body) {
  for (std::size_t row = 0; row < m.size; row += block_rows) {
    const std::size_t last = std::min(row + block_rows, m.size);
    for (std::size_t k = 0; k < m.depth; ++k) {
      bool kept = false;  // without a branch for each weight: which are zero cannot be predicted
      for (std::size_t i = row; i < last; ++i) kept |= m.data[i * m.outer + k * m.inner] != 0;
      if (kept) body(row / block_rows, k);
    }
  }
}

}  // namespace

std::size_t count_blocks(const MatrixView& matrix, std::size_t block_rows) {
  std::size_t count = 0;
  for_each_block(matrix, block_rows, [&](std::size_t, std::size_t) { ++count; });
  return count;
}

BlockWeights pack_blocks(const MatrixView& m, std::size_t block_rows) {
  const std::size_t panels = (m.size + block_rows - 1) / block_rows, blocks = count_blocks(m, block_rows);
  BlockWeights w{m.size, m.depth, block_rows, {}, {}, {}};
  w.first.reserve(panels + 1);
  w.indices.reserve(blocks);
  w.values.reserve(blocks * block_rows);
  for_each_block(m, block_rows, [&](std::size_t panel, std::size_t k) {
    while (w.first.size() <= panel) w.first.push_back(w.indices.size());
    w.indices.push_back(static_cast<std::uint32_t>(k));
    for (std::size_t i = panel * block_rows; i < (panel + 1) * block_rows; ++i) {
      w.values.push_back(i < m.size ? m.data[i * m.outer + k * m.inner] : 0);
    }
  });
  while (w.first.size() <= panels) w.first.push_back(w.indices.size());
  return w;
}
