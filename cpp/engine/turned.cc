#include "turned.h"

#include <algorithm>

namespace engine {

WeightView with_rows(const WeightView& w, std::vector<std::int8_t>& copy) {
  constexpr std::size_t tile = 64;
  if (w.inner == 1 || w.taps != 1) return w;
  copy.resize(w.size * w.inputs);
  for (std::size_t row = 0; row < w.size; row += tile) {
    for (std::size_t k = 0; k < w.inputs; k += tile) {
      for (std::size_t i = row; i < std::min(row + tile, w.size); ++i) {
        for (std::size_t e = k; e < std::min(k + tile, w.inputs); ++e)
          copy[i * w.inputs + e] = w.data[i * w.outer + e * w.inner];
      }
    }
  }
  return {copy.data(), w.size, w.inputs, 1, w.inputs, 1};
}

}  // namespace engine
