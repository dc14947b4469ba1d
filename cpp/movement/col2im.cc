#include "col2im.h"

#include <algorithm>

#include "../threadPool.h"

void col2im(const Work& work, const float* columns, std::size_t channels, const Window& window,
            const float* bias, float* y) {
  const auto& [height, width] = window;
  work.for_each(channels, [&](std::size_t c) {
    float* const plane = y + c * height.in * width.in;
    std::fill_n(plane, height.in * width.in, bias ? bias[c] : 0.0f);
    const float* from = columns + c * height.kernel * width.kernel * height.out * width.out;
    for (std::size_t i = 0; i < height.kernel; ++i) {
      for (std::size_t j = 0; j < width.kernel; ++j, from += height.out * width.out) {
        const std::size_t first = width.first(j), last = width.last(j);
        for (std::size_t o = height.first(i); o < height.last(i); ++o) {
          float* const row = plane + static_cast<std::size_t>(height.at(o, i)) * width.in;
          for (std::size_t k = first; k < last; ++k) row[width.at(k, j)] += from[o * width.out + k];
        }
      }
    }
  });
}
