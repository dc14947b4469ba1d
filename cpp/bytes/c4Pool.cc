#include <algorithm>
#include <cmath>
#include <vector>

#include "../threadPool.h"
#include "bytes.h"
#include "c4.h"

namespace {

/// Calls tap(first word read, stride, outputs, first output) for all taps of an output row that lie inside.
template <class Tap>
void for_taps(const Window& window, std::size_t o, Tap tap) {
  const auto& [height, width] = window;
  for (std::size_t i = 0; i < height.kernel; ++i) {
    const std::int64_t at = height.at(o, i);
    if (at < 0 || at >= static_cast<std::int64_t>(height.in)) continue;
    for (std::size_t j = 0; j < width.kernel; ++j) {
      const std::size_t first = width.first(j), last = width.last(j);
      if (first >= last) continue;
      const auto from =
          static_cast<std::size_t>(at) * width.in + static_cast<std::size_t>(width.at(first, j));
      tap(4 * from, width.stride, last - first, 4 * first);
    }
  }
}

void average_row(const C4Average& pool, std::size_t o, const std::int32_t* sums, const std::int32_t* reads,
                 std::uint8_t* y) {
  const auto& [height, width] = pool.spec.window;
  const bool counts = pool.spec.counts_padding;
  const std::size_t rows = height.taps(o, counts, pool.spec.end_pad_height);
  for (std::size_t x = 0; x < width.out; ++x) {
    const auto count = static_cast<float>(rows * width.taps(x, counts, pool.spec.end_pad_width));
    for (std::size_t e = 0; e < 4; ++e) {
      const auto sum = static_cast<float>(sums[4 * x + e] - reads[x] * pool.x_zero);
      const float q = std::nearbyint(sum * pool.multiplier / count) + static_cast<float>(pool.zero);
      y[4 * x + e] = static_cast<std::uint8_t>(std::clamp(q, 0.0f, 255.0f));
    }
  }
}

void average_rows(const C4Average& pool, const std::uint8_t* plane, std::uint8_t* y) {
  const auto& [height, width] = pool.spec.window;
  const bool whole = height.out * width.out == 1 && height.pad == 0 && width.pad == 0 &&
                     height.kernel == height.in && width.kernel == width.in;
  std::vector<std::int32_t> sums(4 * width.out), reads(width.out);
  if (whole) {
    byte_kernels().sum(plane, 4 * height.in * width.in, sums.data());
    reads[0] = static_cast<std::int32_t>(height.in * width.in);
    return average_row(pool, 0, sums.data(), reads.data(), y);
  }
  for (std::size_t o = 0; o < height.out; ++o, y += 4 * width.out) {
    std::fill(sums.begin(), sums.end(), 0);
    std::fill(reads.begin(), reads.end(), 0);
    for_taps(pool.spec.window, o, [&](std::size_t from, std::size_t stride, std::size_t n, std::size_t to) {
      byte_kernels().add(plane + from, stride, n, sums.data() + to);
      for (std::size_t i = 0; i < n; ++i) ++reads[to / 4 + i];
    });
    average_row(pool, o, sums.data(), reads.data(), y);
  }
}

}  // namespace

void c4_average(const Work& work, std::size_t planes, const C4Average& pool, const std::uint8_t* x,
                std::uint8_t* y) {
  const auto& [height, width] = pool.spec.window;
  work.for_each(planes, [&](std::size_t p) {
    const std::uint8_t* const plane = x + 4 * p * height.in * width.in;
    std::uint8_t* const to = y + 4 * p * height.out * width.out;
    average_rows(pool, plane, to);
  });
}
