#include "wholePlane.h"

#include <algorithm>

#include "../roundUp.h"
#include "join.h"

namespace {

/// Words of a plane that the nearest cache holds beside what is made of it.
constexpr std::size_t most_words = 4096;

/// How far a window reaches to either side, if it leaves the axis as long as it is; else 0.
std::size_t reach_of(const WindowAxis& axis) {
  const std::size_t reach = axis.kernel / 2;
  const bool keeps = axis.stride == 1 && axis.dilation == 1 && axis.kernel % 2 == 1 && axis.out == axis.in &&
                     axis.pad == static_cast<std::int64_t>(reach) && axis.in > 2 * reach;
  return keeps ? reach : 0;
}

#include "larger.inc"

float larger(float a, float b) { return Larger::of(a, b); }

/// Of four bytes each.
std::uint32_t larger(std::uint32_t a, std::uint32_t b) {
  std::uint32_t all = 0;
  for (int byte = 0; byte < 32; byte += 8) {
    const auto of = [byte](std::uint32_t word) { return static_cast<std::uint8_t>(word >> byte); };
    all |= std::uint32_t{LargerByte::of(of(a), of(b))} << byte;
  }
  return all;
}

template <class Word>
Word largest(const Word* from, const Word* end) {
  Word most = *from;
  for (const Word* at = from + 1; at < end; ++at) most = larger(most, *at);
  return most;
}

}  // namespace

template <class Word>
bool WholePlane<Word>::fits(const PoolSpec& spec) {
  const auto& [height, width] = spec.window;
  return spec.kind == Pooling::max && height.in * width.in <= most_words && reach_of(height) > 0 &&
         reach_of(width) > 0;
}

template <class Word>
std::size_t WholePlane<Word>::bytes(const PoolSpec& spec) {
  if (!fits(spec)) return 0;
  const auto& [height, width] = spec.window;
  const std::size_t taps = std::max(height.kernel, width.kernel);
  return round_up(height.in * width.in * sizeof(Word), 64) + round_up(taps * sizeof(Word*), 64);
}

template <class Word>
WholePlane<Word>::WholePlane(const PoolSpec& spec, void* workspace)
    : height_(spec.window.height.in),
      width_(spec.window.width.in),
      rows_(reach_of(spec.window.height)),
      columns_(reach_of(spec.window.width)),
      joined_(static_cast<Word*>(workspace)),
      taps_(reinterpret_cast<const Word**>(static_cast<std::byte*>(workspace) +
                                           round_up(height_ * width_ * sizeof(Word), 64))) {}

template <class Word>
void WholePlane<Word>::pool(const Word* plane, Word* y) const {
  join_rows(plane);
  join(joined_, 1, 2 * columns_ + 1, height_ * width_ - 2 * columns_, y + columns_);
  join_ends(y);
}

/// y[i] = the largest of first[i + k * step], k < taps.
template <class Word>
void WholePlane<Word>::join(const Word* first, std::size_t step, std::size_t taps, std::size_t n,
                            Word* y) const {
  for (std::size_t k = 0; k < taps; ++k) taps_[k] = first + k * step;
  join_words(Pooling::max, {taps_, taps}, n, y);
}

template <class Word>
void WholePlane<Word>::join_rows(const Word* plane) const {
  for (std::size_t o = 0; o < rows_; ++o) {
    const std::size_t taps = o + rows_ + 1, last = height_ - 1 - o;
    join(plane, width_, taps, width_, joined_ + o * width_);
    join(plane + (height_ - taps) * width_, width_, taps, width_, joined_ + last * width_);
  }
  join(plane, width_, 2 * rows_ + 1, (height_ - 2 * rows_) * width_, joined_ + rows_ * width_);
}

template <class Word>
void WholePlane<Word>::join_ends(Word* y) const {
  for (std::size_t o = 0; o < height_; ++o) {
    const Word *const row = joined_ + o * width_, *const end = row + width_;
    for (std::size_t x = 0; x < columns_; ++x) {
      y[o * width_ + x] = largest(row, row + x + columns_ + 1);
      y[(o + 1) * width_ - 1 - x] = largest(end - 1 - x - columns_, end);
    }
  }
}

template class WholePlane<float>;
template class WholePlane<std::uint32_t>;
