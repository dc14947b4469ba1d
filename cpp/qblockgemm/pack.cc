#include <cstring>

#include "keptBlocks.h"
#include "pairs.h"

namespace {

/// Where the word of row i of block b stands among a panel's values: block by block, or of 32 rows in two
/// tiles of 16 rows by 16 blocks.
std::size_t value_place(std::size_t block_rows, std::size_t b, std::size_t i) {
  if (block_rows < 32) return b * block_rows + i;
  return b / 16 * 512 + i / 16 * 256 + i % 16 * 16 + b % 16;
}

/// Weights (row, input 4 * (k / taps) + e, tap k % taps) for e < 4, 0 beyond the matrix.
void read_word(const WeightView& w, std::size_t row, std::size_t k, std::int8_t bytes[4]) {
  const std::size_t input = k / w.taps * 4, inside = std::min<std::size_t>(4, w.inputs - input);
  const std::int8_t* const at = w.data + row * w.outer + input * w.inner + k % w.taps;
  for (std::size_t e = 0; e < 4; ++e) bytes[e] = e < inside ? at[e * w.inner] : std::int8_t{0};
}

class Filler {
 public:
  Filler(const BlockPanels& panels, const KeptBlocks& kept, QBlockWeights& to)
      : p_(panels), kept_(kept), to_(to) {}

  /// Panel by panel: for rows that are each in one piece.
  void by_panels() {
    for (std::size_t panel = 0; panel < p_.count(); ++panel) {
      for (std::size_t at = kept_.first[panel]; at < kept_.first[panel + 1]; ++at) fill(panel, at);
    }
  }

  /// Word by word: for columns that are each in one piece, down which it would miss every cache.
  void by_words() {
    std::vector<std::size_t> next(kept_.first.begin(), kept_.first.end() - 1);
    for (std::size_t k = 0; k < p_.w.depth(); ++k) {
      for (std::size_t panel = 0; panel < p_.count(); ++panel) {
        if (next[panel] < kept_.first[panel + 1] && kept_.indices[next[panel]] == k)
          fill(panel, next[panel]++);
      }
    }
  }

 private:
  /// The block that is the one `at` of those kept.
  void fill(std::size_t panel, std::size_t at) {
    const std::size_t k = kept_.indices[at], b = at - kept_.first[panel];
    to_.indices[to_.first[panel] + b] = static_cast<std::uint32_t>(k);
    std::uint32_t* const values = to_.values.data() + to_.first[panel] * p_.block_rows;
    for (std::size_t i = 0; i < p_.rows_of(panel); ++i) {
      std::int8_t bytes[4];
      read_word(p_.w, panel * p_.block_rows + i, k, bytes);
      to_.sums[panel * p_.block_rows + i] += bytes[0] + bytes[1] + bytes[2] + bytes[3];
      std::memcpy(values + value_place(p_.block_rows, b, i), bytes, 4);
    }
  }

  const BlockPanels& p_;
  const KeptBlocks& kept_;
  QBlockWeights& to_;
};

std::vector<std::int8_t> rows_of(const WeightView& w) {
  std::vector<std::int8_t> rows;
  rows.reserve(w.size * w.inputs * w.taps);
  for (std::size_t i = 0; i < w.size; ++i) {
    for (std::size_t input = 0; input < w.inputs; ++input) {
      const std::int8_t* const at = w.data + i * w.outer + input * w.inner;
      rows.insert(rows.end(), at, at + w.taps);
    }
  }
  return rows;
}

}  // namespace

QBlockWeights pack_qblocks(const WeightView& w, std::size_t block_rows, const QBlockKernel& kernel) {
  const bool has_rows = w.inner == w.taps, has_columns = w.outer == 1 && w.taps == 1;
  if (!has_rows && !has_columns) {
    const std::vector<std::int8_t> rows = rows_of(w);
    return pack_qblocks({rows.data(), w.size, w.inputs, w.taps, w.inputs * w.taps, w.taps}, block_rows,
                        kernel);
  }
  const BlockPanels p{w, block_rows};
  const KeptBlocks kept = has_rows ? kept_of_rows(p) : kept_of_columns(p);
  QBlockWeights packed{w.size, w.depth(), block_rows, {0}, {}, {}, std::vector<std::int32_t>(w.size)};
  for (std::size_t panel = 0; panel < p.count(); ++panel) {
    const std::size_t blocks = kept.first[panel + 1] - kept.first[panel];
    packed.first.push_back(packed.first.back() + (blocks + p.group() - 1) / p.group() * p.group());
  }
  packed.indices.resize(packed.first.back());
  packed.values.resize(packed.first.back() * block_rows + QBlockWeights::slack);
  packed.kept = packed.first.back();
  Filler filler(p, kept, packed);
  if (has_rows) {
    filler.by_panels();
  } else {
    filler.by_words();
  }
  return kernel.in_pairs ? in_safe_pairs(packed) : packed;
}
