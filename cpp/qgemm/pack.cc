#include <algorithm>
#include <cstring>

#include "qgemm.h"

namespace {

std::size_t round_up(std::size_t n, std::size_t step) { return (n + step - 1) / step * step; }

/// Where byte e of word k of row i stands in a left panel, in bytes.
std::size_t left_place(const TileSize& size, std::size_t i, std::size_t k, std::size_t e) {
  const std::size_t word = (k / size.depth_step * size.rows + i) * size.depth_step + k % size.depth_step;
  return size.left_words == 2 ? (2 * word + e % 2) * 4 + e / 2 * 2 : word * 4 + e;
}

/// Weights 4 k … 4 k + 3 of a channel and tap, 0 beyond the last input.
struct WeightWord {
  std::int8_t bytes[4];

  WeightWord(const WeightView& w, std::size_t channel, std::size_t k, std::size_t tap) {
    const std::int8_t* at = w.data + channel * w.outer + 4 * k * w.inner + tap;
    const std::size_t inside = w.inputs - 4 * k;
    for (std::size_t e = 0; e < 4; ++e) bytes[e] = e < inside ? at[e * w.inner] : std::int8_t{0};
  }

  std::int32_t sum() const { return bytes[0] + bytes[1] + bytes[2] + bytes[3]; }
  /// As bytes, or as two pairs of halves.
  void store(std::size_t words, std::uint32_t* to) const {
    if (words == 1) {
      std::memcpy(to, bytes, 4);
      return;
    }
    const std::int16_t halves[4] = {bytes[0], bytes[2], bytes[1], bytes[3]};
    std::memcpy(to, halves, 8);
  }
};

/// One panel of `width` channels from `first` on.
void pack_panel(Side side, const TileSize& size, const WeightView& w, std::size_t first, std::size_t width,
                std::uint32_t* to, std::int32_t* sums) {
  const bool left = side == Side::left;
  const std::size_t last = std::min(first + width, w.size), words = left ? size.left_words : 1;
  for (std::size_t k = 0; k < (w.inputs + 3) / 4; ++k) {
    for (std::size_t t = 0; t < w.taps; ++t) {
      const std::size_t step = k * w.taps + t;
      for (std::size_t i = first; i < last; ++i) {
        const WeightWord word(w, i, k, t);
        const std::size_t place = left ? left_place(size, i - first, step, 0) / 4 : step * width + i - first;
        word.store(words, to + place);
        if (sums) sums[i] += word.sum();
      }
    }
  }
}

/// The rows of a left panel that are bytes in memory.
struct ByteRows {
  const std::uint8_t* data;
  std::size_t count, stride, inputs;

  /// Word k of row i, with zeros beyond the row's end.
  std::uint32_t word(std::size_t i, std::size_t k) const {
    std::uint32_t word = 0;
    std::memcpy(&word, data + i * stride + 4 * k, std::min<std::size_t>(4, inputs - 4 * k));
    return word;
  }
};

/// Words of a row lie together in groups.
void fill_groups(const TileSize& size, const ByteRows& rows, std::size_t depth, std::uint32_t* panel) {
  auto* bytes = reinterpret_cast<unsigned char*>(panel);
  const std::size_t group = size.depth_step * 4;
  for (std::size_t i = 0; i < rows.count; ++i) {
    for (std::size_t k = 0; k < depth * 4; k += group) {
      unsigned char* at = bytes + left_place(size, i, k / 4, 0);
      if (group == 64 && k + 64 <= rows.inputs) {  // AMX's: a size that compilers know is one copy
        std::memcpy(at, rows.data + i * rows.stride + k, 64);
        continue;
      }
      const std::size_t length = k < rows.inputs ? std::min(group, rows.inputs - k) : 0;
      std::memcpy(at, rows.data + i * rows.stride + k, length);
      std::memset(at + length, 0, group - length);
    }
  }
}

/// Words of a column lie together. `Whole`: all four bytes of them are in the rows.
template <bool Whole>
void fill_words(const TileSize& size, const ByteRows& rows, std::size_t k, std::uint32_t* panel) {
  for (std::size_t i = 0; i < rows.count; ++i) {
    std::uint32_t word;
    if (Whole) {
      std::memcpy(&word, rows.data + i * rows.stride + 4 * k, 4);
    } else {
      word = rows.word(i, k);
    }
    std::uint32_t* at = panel + (k * size.rows + i) * size.left_words;
    if (size.left_words == 1) {
      *at = word;
    } else {  // bytes become halves
      at[0] = word & 0x00ff00ffu;
      at[1] = (word >> 8) & 0x00ff00ffu;
    }
  }
}

void fill_panel(const TileSize& size, const ByteRows& rows, std::size_t depth, std::uint32_t* panel) {
  if (size.depth_step > 1) return fill_groups(size, rows, depth, panel);
  for (std::size_t k = 0; k < rows.inputs / 4; ++k) fill_words<true>(size, rows, k, panel);
  if (rows.inputs % 4 > 0) fill_words<false>(size, rows, rows.inputs / 4, panel);
}

}  // namespace

std::size_t qgemm_packed_size(Side side, std::size_t size, std::size_t depth, const QGemmKernels& kernels) {
  const TileSize& tile = kernels.size;
  const std::size_t words = side == Side::left ? tile.left_words : 1;
  const std::size_t width = side == Side::left ? tile.rows : tile.columns;
  return round_up(size, width) * words * round_up(depth, tile.depth_step);
}

void qgemm_pack(Side side, const WeightView& w, std::uint32_t* to, std::int32_t* sums,
                const QGemmKernels& kernels) {
  const TileSize& size = kernels.size;
  const bool left = side == Side::left;
  const std::size_t width = left ? size.rows : size.columns;
  const std::size_t panel = round_up(w.depth(), size.depth_step) * (left ? size.left_width() : width);
  std::fill_n(to, qgemm_packed_size(side, w.size, w.depth(), kernels), 0u);
  if (sums) std::fill_n(sums, w.size, 0);
  for (std::size_t i = 0; i < w.size; i += width, to += panel) pack_panel(side, size, w, i, width, to, sums);
}

FillPanels qgemm_fill(const std::uint8_t* data, std::size_t rows, std::size_t inputs, std::size_t stride,
                      std::size_t item_step, const QGemmKernels& kernels) {
  const TileSize size = kernels.size;
  return [=](std::size_t item, std::size_t panel, std::size_t count, std::uint32_t* to, void*) {
    const std::size_t depth = round_up((inputs + 3) / 4, size.depth_step);
    for (std::size_t p = 0; p < count; ++p, to += depth * size.left_width()) {
      const std::size_t first = (panel + p) * size.rows, inside = std::min(size.rows, rows - first);
      fill_panel(size, {data + item * item_step + first * stride, inside, stride, inputs}, depth, to);
    }
  };
}
