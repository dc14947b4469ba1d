#include "rows.h"

#include <algorithm>
#include <cmath>
#include <type_traits>

#include "../conv/conv.h"
#include "../roundUp.h"
#include "../simd/hints.h"
#include "join.h"

namespace {

/// Outputs of a row are computed to a multiple of this many, which are whole vectors.
constexpr std::size_t together = 16;

std::size_t rounded(std::size_t n, std::size_t step = together) { return round_up(n, step); }

/// Processors fetch ahead by themselves too late, and not into the next page.
constexpr std::size_t ahead = 1024;

template <class Word>
void fetch(const Word* from, std::size_t count) {
  for (std::size_t i = 0; i < count; i += 16) FETCH(from + i);
}

template <class Word>
void fetch_to_write(const Word* from, std::size_t count) {
  for (std::size_t i = 0; i < count; i += 16) FETCH_TO_WRITE(from + i);
}

template <class Word>
constexpr bool are_floats = std::is_same_v<Word, float>;

}  // namespace

PaddedColumns::PaddedColumns(const WindowAxis& width)
    : left(static_cast<std::size_t>(std::max<std::int64_t>(width.pad, 0))),
      skipped(static_cast<std::size_t>(std::max<std::int64_t>(-width.pad, 0))),
      stride(width.stride) {
  const std::size_t seen = skipped + rounded(width.out) * stride + width.kernel * width.dilation;
  part = rounded(rounded(std::max(seen, left + width.in), stride) / stride);
}

template <class Word>
std::size_t PoolRows<Word>::bytes(const PoolSpec& spec) {
  const auto& [height, width] = spec.window;
  const std::size_t words = 2 * (PaddedColumns(width).words() + rounded(width.out));
  return rounded(words * sizeof(Word) + (height.kernel + width.kernel) * sizeof(Word*), 64);
}

template <class Word>
PoolRows<Word>::PoolRows(const PoolSpec& spec, void* workspace)
    : spec_(spec),
      columns_(spec.window.width),
      start_(are_floats<Word> && spec.kind == Pooling::max ? static_cast<Word>(-HUGE_VALF) : Word{}),
      row_(static_cast<Word*>(workspace)),
      sorted_(row_ + columns_.words()),
      outputs_(sorted_ + columns_.words()),
      counts_(reinterpret_cast<float*>(outputs_ + rounded(spec.window.width.out))),
      height_taps_(reinterpret_cast<const Word**>(counts_ + rounded(spec.window.width.out))),
      width_taps_(height_taps_ + spec.window.height.kernel) {
  const WindowAxis& width = spec.window.width;
  std::fill_n(row_, columns_.words(), start_);
  for (std::size_t k = 0; k < width.kernel; ++k)
    width_taps_[k] = (width.stride > 1 ? sorted_ : row_) + columns_.tap(k * width.dilation);
  for (std::size_t o = 0; o < width.out; ++o)
    counts_[o] = static_cast<float>(width.taps(o, spec.counts_padding, spec.end_pad_width));
}

template <>
void PoolRows<float>::divide(std::size_t o, float* y) const {
  const auto& [height, width] = spec_.window;
  const auto rows = static_cast<float>(height.taps(o, spec_.counts_padding, spec_.end_pad_height));
  for (std::size_t j = 0; j < width.out; ++j) y[j] = outputs_[j] / (rows * counts_[j]);
}

template <class Word>
void PoolRows<Word>::pool(const Word* plane, std::size_t o, Word* y) const {
  const auto& [height, width] = spec_.window;
  fetch(plane + o * height.stride * width.in + ahead, std::min(height.stride, height.in) * width.in);
  fetch_to_write(y + ahead, width.out);
  join_rows(plane, o);
  if (width.stride > 1) sort_columns();
  join_words(spec_.kind, {width_taps_, width.kernel}, rounded(width.out), outputs_);
  if constexpr (are_floats<Word>) {
    if (spec_.kind == Pooling::average) return divide(o, y);
  }
  std::copy_n(outputs_, width.out, y);
}

/// The input's rows that output row `o` looks at become one.
template <class Word>
void PoolRows<Word>::join_rows(const Word* plane, std::size_t o) const {
  const auto& [height, width] = spec_.window;
  std::size_t count = 0;
  for (std::size_t k = 0; k < height.kernel; ++k) {
    const std::int64_t at = height.at(o, k);
    if (at < 0 || at >= static_cast<std::int64_t>(height.in)) continue;
    height_taps_[count++] = plane + static_cast<std::size_t>(at) * width.in;
  }
  Word* const to = row_ + columns_.left;
  if (count == 0) {
    std::fill_n(to, width.in, start_);
  } else {
    join_words(spec_.kind, {height_taps_, count}, width.in, to);
  }
}

template <class Word>
void PoolRows<Word>::sort_columns() const {
  const std::size_t words = columns_.words(), stride = columns_.stride, part = columns_.part;
  if (stride == 2) {
    conv_kernels().split({reinterpret_cast<const std::uint32_t*>(row_), words}, 1, words,
                         reinterpret_cast<std::uint32_t*>(sorted_),
                         reinterpret_cast<std::uint32_t*>(sorted_ + part), part);
    return;
  }
  for (std::size_t p = 0; p < stride; ++p) {
    for (std::size_t i = 0; i < part; ++i) sorted_[p * part + i] = row_[i * stride + p];
  }
}

template class PoolRows<float>;
template class PoolRows<std::uint32_t>;
