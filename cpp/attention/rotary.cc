#include "rotary.h"

#include <algorithm>

namespace {

/// Pairs of numbers `apart`, the first ones `step` from one another.
void rotate_pairs(const Rotation& r, std::size_t position, std::size_t apart, std::size_t step,
                  const float* from, float* to) {
  const float* const cosines = r.cosines + position * r.pairs;
  const float* const sines = r.sines + position * r.pairs;
  for (std::size_t i = 0; i < r.pairs; ++i) {
    const float a = from[i * step], b = from[i * step + apart];
    to[i * step] = a * cosines[i] - b * sines[i];
    to[i * step + apart] = a * sines[i] + b * cosines[i];
  }
}

}  // namespace

void rotate_row(const Rotation& r, std::size_t position, const float* from, std::size_t depth, float* to) {
  if (r.interleaved) {
    rotate_pairs(r, position, 1, 2, from, to);
  } else {
    rotate_pairs(r, position, r.pairs, 1, from, to);
  }
  std::copy(from + 2 * r.pairs, from + depth, to + 2 * r.pairs);
}
