#include "bitmap.h"

#include <algorithm>

namespace {

constexpr std::size_t together = 16;

/// The word k of sixteen outputs from `row` on.
void pack_word(const WeightView& w, std::size_t row, std::size_t k, QBitmapWeights& to) {
  const std::size_t last = std::min(row + together, w.size),
                    inputs = std::min<std::size_t>(4, w.inputs - 4 * k);
  std::uint64_t mask = 0;
  for (std::size_t i = row; i < last; ++i) {
    for (std::size_t e = 0; e < inputs; ++e) {
      const std::int8_t weight = w.data[i * w.outer + (4 * k + e) * w.inner];
      if (weight == 0) continue;
      mask |= std::uint64_t{1} << (4 * (i - row) + e);
      to.values.push_back(weight);
      to.sums[i] += weight;
    }
  }
  to.masks.push_back(mask);
}

}  // namespace

QBitmapWeights pack_qbitmap(const WeightView& w) {
  QBitmapWeights packed{w.size, w.depth(), {}, {}, {}, std::vector<std::int32_t>(w.size)};
  for (std::size_t row = 0; row < w.size; row += together) {
    packed.first.push_back(packed.values.size());
    for (std::size_t k = 0; k < w.depth(); ++k) pack_word(w, row, k, packed);
  }
  packed.values.resize(packed.values.size() + 64);
  packed.values.shrink_to_fit();
  return packed;
}
