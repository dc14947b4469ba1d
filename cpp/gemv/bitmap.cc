#include "bitmap.h"

#include <algorithm>
#include <bit>

#include "../roundUp.h"

namespace {

constexpr std::size_t together = 16;

/// Calls body(panel, inner index, the panel's first weight there, how many outputs it has) in the order in
/// which the weights lie: down the columns of a large matrix each would miss every cache.
template <class Body>
void for_each_place(const MatrixView& m, Body body) {
  const std::size_t panels = ceil_div(m.size, together);
  const bool by_columns = m.outer < m.inner;
  const std::size_t slow = by_columns ? m.depth : panels, quick = by_columns ? panels : m.depth;
  for (std::size_t s = 0; s < slow; ++s) {
    for (std::size_t q = 0; q < quick; ++q) {
      const std::size_t panel = by_columns ? q : s, k = by_columns ? s : q, row = panel * together;
      body(panel, k, m.data + row * m.outer + k * m.inner, std::min(together, m.size - row));
    }
  }
}

}  // namespace

BitmapWeights pack_bitmap(const MatrixView& m) {
  constexpr std::size_t slack = 16;
  const std::size_t panels = ceil_div(m.size, together);
  BitmapWeights w{m.size, m.depth, PageVector<std::uint16_t>(panels * m.depth), {}, {}};
  std::vector<std::size_t> counts(panels);
  for_each_place(m, [&](std::size_t panel, std::size_t k, const float* at, std::size_t count) {
    unsigned mask = 0;
    for (std::size_t j = 0; j < count; ++j) mask |= static_cast<unsigned>(at[j * m.outer] != 0) << j;
    w.masks[panel * m.depth + k] = static_cast<std::uint16_t>(mask);
    counts[panel] += static_cast<std::size_t>(std::popcount(mask));
  });
  std::size_t total = 0;
  for (const std::size_t count : counts) {
    w.first.push_back(total);
    total += count;
  }
  w.values.resize(total + slack);
  std::vector<std::size_t> next(w.first.begin(), w.first.end());
  for_each_place(m, [&](std::size_t panel, std::size_t k, const float* at, std::size_t) {
    for (unsigned mask = w.masks[panel * m.depth + k]; mask != 0; mask &= mask - 1)
      w.values[next[panel]++] = at[static_cast<std::size_t>(std::countr_zero(mask)) * m.outer];
  });
  return w;
}
