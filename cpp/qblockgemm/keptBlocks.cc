#include "keptBlocks.h"

#include <numeric>

namespace {

/// marks[at] |= bytes[at]. Apart, so that compilers see that nothing else is written to.
void mark(const std::int8_t* bytes, std::size_t count, std::uint8_t* marks) {
  for (std::size_t at = 0; at < count; ++at) marks[at] |= static_cast<std::uint8_t>(bytes[at]);
}

/// Marks of a panel's bytes, whatever the row, are gathered first, without branches.
class KeptOfRows {
 public:
  explicit KeptOfRows(const BlockPanels& panels)
      : p_(panels), marks_(p_.w.depth() * 4), found_(p_.w.depth()) {}

  KeptBlocks find() {
    KeptBlocks kept;
    for (std::size_t panel = 0; panel < p_.count(); ++panel) {
      mark_rows(panel);
      const auto count = static_cast<std::ptrdiff_t>(filled());
      kept.indices.insert(kept.indices.end(), found_.begin(), found_.begin() + count);
      kept.first.push_back(kept.indices.size());
    }
    return kept;
  }

 private:
  void mark_rows(std::size_t panel) {
    std::fill(marks_.begin(), marks_.end(), static_cast<std::uint8_t>(0));
    for (std::size_t i = 0; i < p_.rows_of(panel); ++i) {
      const std::int8_t* const row = p_.w.data + (panel * p_.block_rows + i) * p_.w.outer;
      mark(row, p_.w.inputs * p_.w.taps, marks_.data());
    }
  }

  std::size_t filled() {
    const std::size_t taps = p_.w.taps;
    std::size_t count = 0;
    for (std::size_t k = 0; k < found_.size(); k += taps) {
      const std::uint8_t* const at = marks_.data() + 4 * k;
      for (std::size_t t = 0; t < taps; ++t) {
        found_[count] = static_cast<std::uint32_t>(k + t);
        count += (at[t] | at[taps + t] | at[2 * taps + t] | at[3 * taps + t]) != 0;
      }
    }
    return count;
  }

  const BlockPanels& p_;
  std::vector<std::uint8_t> marks_;
  std::vector<std::uint32_t> found_;
};

}  // namespace

KeptBlocks kept_of_rows(const BlockPanels& panels) { return KeptOfRows(panels).find(); }

/// Word after word for all panels.
KeptBlocks kept_of_columns(const BlockPanels& p) {
  const WeightView& w = p.w;
  std::vector<std::uint8_t> filled(p.count() * w.depth());
  std::vector<std::uint8_t> marks(p.count() * p.block_rows);
  for (std::size_t k = 0; k < w.depth(); ++k) {
    std::fill(marks.begin(), marks.end(), static_cast<std::uint8_t>(0));
    for (std::size_t input = 4 * k; input < std::min(4 * k + 4, w.inputs); ++input)
      mark(w.data + input * w.inner, w.size, marks.data());
    for (std::size_t panel = 0; panel < p.count(); ++panel) {
      const std::uint8_t* const block = marks.data() + panel * p.block_rows;
      filled[panel * w.depth() + k] = std::accumulate(block, block + p.block_rows, 0u) != 0;
    }
  }
  KeptBlocks kept;
  for (std::size_t panel = 0; panel < p.count(); ++panel) {
    for (std::size_t k = 0; k < w.depth(); ++k) {
      if (filled[panel * w.depth() + k]) kept.indices.push_back(static_cast<std::uint32_t>(k));
    }
    kept.first.push_back(kept.indices.size());
  }
  return kept;
}
