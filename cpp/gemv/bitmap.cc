#include "bitmap.h"

#include <algorithm>

BitmapWeights pack_bitmap(const MatrixView& m) {
  constexpr std::size_t together = 16, slack = 16;
  const std::size_t panels = (m.size + together - 1) / together;
  BitmapWeights w{m.size, m.depth, PageVector<std::uint16_t>(panels * m.depth), {}, {}};
  for (std::size_t panel = 0; panel < panels; ++panel) {
    w.first.push_back(w.values.size());
    const std::size_t row = panel * together, count = std::min(together, m.size - row);
    for (std::size_t k = 0; k < m.depth; ++k) {
      unsigned mask = 0;
      for (std::size_t j = 0; j < count; ++j) {
        const float weight = m.data[(row + j) * m.outer + k * m.inner];
        if (weight == 0) continue;
        mask |= 1u << j;
        w.values.push_back(weight);
      }
      w.masks[panel * m.depth + k] = static_cast<std::uint16_t>(mask);
    }
  }
  w.values.resize(w.values.size() + slack);
  w.values.shrink_to_fit();
  return w;
}
