#include <algorithm>
#include <bit>
#include <numeric>

#include "../roundUp.h"

#include "blockgemm.h"

namespace {

/// Not 0 for all numbers but 0 and -0.
std::uint32_t mark_of(float number) { return std::bit_cast<std::uint32_t>(number) << 1; }

/// A matrix in panels of block_rows rows, of which the last may have fewer.
struct Panels {
  const MatrixView& matrix;
  std::size_t block_rows;

  std::size_t count() const { return ceil_div(matrix.size, block_rows); }
  std::size_t rows_of(std::size_t panel) const {
    return std::min(block_rows, matrix.size - panel * block_rows);
  }
};

/// Packs rows that lie one after the other (inner = 1), panel by panel. Loops over the inner index have no
/// branches: which weights are zero cannot be predicted.
class RowPacker {
 public:
  RowPacker(const Panels& panels, BlockWeights& to)
      : p_(panels), to_(to), marks_(p_.matrix.depth), found_(p_.matrix.depth) {}

  void pack() {
    std::vector<std::uint32_t> indices;
    for (std::size_t panel = 0; panel < p_.count(); ++panel) {
      indices.insert(indices.end(), found_.begin(),
                     found_.begin() + static_cast<std::ptrdiff_t>(find(panel)));
      to_.first.push_back(indices.size());
    }
    to_.indices.assign(indices.begin(), indices.end());
    to_.values.resize(indices.size() * p_.block_rows);
    for (std::size_t panel = 0; panel < p_.count(); ++panel) copy(panel);
  }

 private:
  const float* row(std::size_t panel, std::size_t i) const {
    return p_.matrix.data + (panel * p_.block_rows + i) * p_.matrix.outer;
  }

  /// Writes to found_ where a panel's blocks are; returns how many there are.
  std::size_t find(std::size_t panel) {
    std::fill(marks_.begin(), marks_.end(), 0u);
    for (std::size_t i = 0; i < p_.rows_of(panel); ++i) {
      const float* const from = row(panel, i);
      for (std::size_t k = 0; k < marks_.size(); ++k) marks_[k] |= mark_of(from[k]);
    }
    std::size_t count = 0;
    for (std::size_t k = 0; k < marks_.size(); ++k) {
      found_[count] = static_cast<std::uint32_t>(k);
      count += marks_[k] != 0;
    }
    return count;
  }

  void copy(std::size_t panel) {
    for (std::size_t i = 0; i < p_.rows_of(panel); ++i) {
      const float* const from = row(panel, i);
      for (std::size_t b = to_.first[panel]; b < to_.first[panel + 1]; ++b)
        to_.values[b * p_.block_rows + i] = from[to_.indices[b]];
    }
  }

  const Panels& p_;
  BlockWeights& to_;
  std::vector<std::uint32_t> marks_, found_;
};

/// Packs columns that lie one after the other (outer = 1): all panels' blocks of an inner index, then those
/// of the next. Going down the columns of a large matrix would miss every cache.
template <std::size_t block_rows>
class ColumnPacker {
 public:
  ColumnPacker(const Panels& panels, BlockWeights& to) : p_(panels), to_(to) {}

  void pack() {
    std::vector<std::size_t> counts(p_.count());
    for_each([&](std::size_t panel, std::size_t, const float*) { ++counts[panel]; });
    to_.first.resize(p_.count() + 1);
    std::partial_sum(counts.begin(), counts.end(), to_.first.begin() + 1);
    to_.indices.resize(to_.first.back());
    to_.values.resize(to_.first.back() * block_rows);
    std::vector<std::size_t> next(to_.first.begin(), to_.first.end() - 1);
    for_each([&](std::size_t panel, std::size_t k, const float* block) {
      const std::size_t b = next[panel]++;
      to_.indices[b] = static_cast<std::uint32_t>(k);
      std::copy_n(block, p_.rows_of(panel), to_.values.begin() + static_cast<std::ptrdiff_t>(b * block_rows));
    });
  }

 private:
  static bool is_filled(const float* block, std::size_t rows) {
    std::uint32_t marks = 0;
    for (std::size_t i = 0; i < rows; ++i) marks |= mark_of(block[i]);
    return marks != 0;
  }

  /// Calls body(panel, inner index, block) for every block that is not all zero.
  template <class Body>
  void for_each(Body body) const {
    const MatrixView& m = p_.matrix;
    const std::size_t whole = m.size / block_rows;
    for (std::size_t k = 0; k < m.depth; ++k) {
      const float* block = m.data + k * m.inner;
      for (std::size_t panel = 0; panel < whole; ++panel, block += block_rows) {
        if (is_filled(block, block_rows)) body(panel, k, block);
      }
      if (whole < p_.count() && is_filled(block, p_.rows_of(whole))) body(whole, k, block);
    }
  }

  const Panels& p_;
  BlockWeights& to_;
};

void pack_columns(const Panels& panels, BlockWeights& to) {
  switch (panels.block_rows) {
    case 1:
      return ColumnPacker<1>(panels, to).pack();
    case 4:
      return ColumnPacker<4>(panels, to).pack();
    case 8:
      return ColumnPacker<8>(panels, to).pack();
    default:
      return ColumnPacker<16>(panels, to).pack();
  }
}

std::vector<float> rows_of(const MatrixView& m) {
  std::vector<float> rows;
  rows.reserve(m.size * m.depth);
  for (std::size_t i = 0; i < m.size; ++i) {
    for (std::size_t k = 0; k < m.depth; ++k) rows.push_back(m.data[i * m.outer + k * m.inner]);
  }
  return rows;
}

}  // namespace

BlockWeights pack_blocks(const MatrixView& m, std::size_t block_rows) {
  BlockWeights packed{m.size, m.depth, block_rows, {0}, {}, {}};
  if (m.inner == 1) {
    RowPacker({m, block_rows}, packed).pack();
  } else if (m.outer == 1) {
    pack_columns({m, block_rows}, packed);
  } else {
    const std::vector<float> rows = rows_of(m);
    return pack_blocks({rows.data(), m.size, m.depth, m.depth, 1}, block_rows);
  }
  return packed;
}
