#include <algorithm>
#include <cstring>

#include "../roundUp.h"
#include "qgemm.h"

namespace {

/// Where byte e of word k of row i stands in a left panel, in bytes.
std::size_t left_place(const TileSize& size, std::size_t i, std::size_t k, std::size_t e) {
  const std::size_t word = (k / size.depth_step * size.rows + i) * size.depth_step + k % size.depth_step;
  return size.left_words == 2 ? (2 * word + e % 2) * 4 + e / 2 * 2 : word * 4 + e;
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
