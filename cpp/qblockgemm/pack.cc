#include <algorithm>
#include <cstring>

#include "qblockgemm.h"

namespace {

/// Weights (row, input 4 * (k / taps) + e, tap k % taps) for e < 4, 0 beyond the matrix.
struct Word {
  std::int8_t bytes[4] = {};

  Word(const WeightView& w, std::size_t row, std::size_t k) {
    if (row >= w.size) return;
    const std::size_t input = k / w.taps * 4, inside = std::min<std::size_t>(4, w.inputs - input);
    const std::int8_t* at = w.data + row * w.outer + input * w.inner + k % w.taps;
    if (w.inner == 1 && inside == 4) {
      std::memcpy(bytes, at, 4);
    } else {
      for (std::size_t e = 0; e < inside; ++e) bytes[e] = at[e * w.inner];
    }
  }

  std::int32_t sum() const { return bytes[0] + bytes[1] + bytes[2] + bytes[3]; }
  bool is_zero() const {
    std::uint32_t all;
    std::memcpy(&all, bytes, 4);
    return all == 0;
  }
};

bool is_zero(const WeightView& w, std::size_t row, std::size_t rows, std::size_t k) {
  for (std::size_t i = row; i < std::min(row + rows, w.size); ++i) {
    if (!Word(w, i, k).is_zero()) return false;
  }
  return true;
}

/// Where the word of row i of block b stands among a panel's values: block by block, or of 32 rows in two
/// tiles of 16 rows by 16 blocks.
std::size_t value_place(std::size_t block_rows, std::size_t b, std::size_t i) {
  if (block_rows < 32) return b * block_rows + i;
  return b / 16 * 512 + i / 16 * 256 + i % 16 * 16 + b % 16;
}

/// A word as bytes, or as two pairs of halves.
void put(std::size_t words, const std::int8_t bytes[4], std::uint32_t* to) {
  if (words == 1) {
    std::memcpy(to, bytes, 4);
    return;
  }
  const std::int16_t halves[4] = {bytes[0], bytes[2], bytes[1], bytes[3]};
  std::memcpy(to, halves, 8);
}

}  // namespace

std::size_t count_qblocks(const WeightView& w, std::size_t block_rows) {
  std::size_t count = 0;
  for (std::size_t row = 0; row < w.size; row += block_rows) {
    for (std::size_t k = 0; k < w.depth(); ++k) count += !is_zero(w, row, block_rows, k);
  }
  return count;
}

QBlockWeights pack_qblocks(const WeightView& w, std::size_t block_rows, const QBlockKernel& kernel) {
  constexpr std::size_t slack = 16;
  const std::size_t words = kernel.size.left_words, group = block_rows == 32 ? 16 : 1;
  QBlockWeights packed{w.size, w.depth(), block_rows, {0}, {}, {}, std::vector<std::int32_t>(w.size)};
  for (std::size_t row = 0; row < w.size; row += block_rows) {
    std::vector<std::size_t> kept;
    for (std::size_t k = 0; k < w.depth(); ++k) {
      if (!is_zero(w, row, block_rows, k)) kept.push_back(k);
    }
    const std::size_t padded = (kept.size() + group - 1) / group * group, start = packed.values.size();
    packed.values.resize(start + padded * block_rows * words);
    for (std::size_t b = 0; b < padded; ++b) {
      packed.indices.push_back(b < kept.size() ? static_cast<std::uint32_t>(kept[b]) : 0);
      for (std::size_t i = 0; i < block_rows && b < kept.size(); ++i) {
        const Word word(w, row + i, kept[b]);
        if (row + i < w.size) packed.sums[row + i] += word.sum();
        put(words, word.bytes, packed.values.data() + start + value_place(block_rows, b, i) * words);
      }
    }
    packed.first.push_back(packed.indices.size());
  }
  packed.values.resize(packed.values.size() + slack);
  packed.values.shrink_to_fit();
  packed.indices.shrink_to_fit();
  return packed;
}
