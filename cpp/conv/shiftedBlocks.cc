#include "shiftedBlocks.h"

#include <algorithm>

namespace {

/// What a block's copies may take: they stay in the second-level cache while all weights pass by.
constexpr std::size_t block_words = 224 * 1024;

std::size_t ceil_div(std::size_t a, std::size_t b) { return (a + b - 1) / b; }
std::size_t aligned(std::size_t words) { return ceil_div(words, 16) * 16; }

struct Slot {
  std::uint32_t *copies, *scratch;
  VectorPlace* places;

  Slot(const ShiftedBlocks& b, std::uint32_t* words)
      : copies(words),
        scratch(copies + aligned(b.shape.channels * b.rows.words())),
        places(reinterpret_cast<VectorPlace*>(scratch + aligned(b.rows.scratch_words()))) {}
};

/// Where each vector of the block goes, counted from its first pixel.
void place_vectors(const ShiftedBlocks& b, std::size_t rows, std::size_t lanes, VectorPlace* to) {
  for (std::size_t y = 0; y < rows; ++y) {
    for (std::size_t x = 0; x < b.rows.pitch(); x += lanes) {
      *to++ = {static_cast<std::uint32_t>(y * b.shape.out_width + x),
               static_cast<std::uint32_t>(std::min(lanes, b.shape.out_width - x))};
    }
  }
}

}  // namespace

std::size_t ShiftedBlocks::slot_words(std::size_t lanes) const {
  return aligned(shape.channels * rows.words()) + aligned(rows.scratch_words()) +
         aligned(vectors(lanes) * sizeof(VectorPlace) / 4);
}

std::optional<ShiftedBlocks> ShiftedBlocks::of(const ConvTiles& tiles) {
  const ConvShape& s = tiles.input.shape;
  const std::size_t lanes = tiles.size.lanes;
  if (!tiles.finish || tiles.input.pad != 0 || s.is_pointwise()) return std::nullopt;
  const ShiftedRows one(s, 1, lanes);
  if (one.pitch() * 3 > s.out_width * 4) return std::nullopt;
  const std::size_t halo = s.channels * one.words();
  const std::size_t row = std::max<std::size_t>(s.channels * ShiftedRows(s, 2, lanes).words() - halo, 1);
  if (halo > block_words) return std::nullopt;
  const std::size_t most = 1 + (block_words - halo) / row;
  const std::size_t length = ceil_div(s.out_height, ceil_div(s.out_height, most));
  return ShiftedBlocks{s, ShiftedRows(s, length, lanes), length, ceil_div(s.out_height, length)};
}

void run_shifted(const ConvTiles& t, const ShiftedBlocks& b, const std::uint32_t* table, std::uint32_t* words,
                 std::size_t item, std::size_t block, std::size_t first_panel, std::size_t last_panel) {
  const ConvShape& s = b.shape;
  const Slot slot(b, words);
  const std::size_t first = block * b.length, rows = std::min(b.length, s.out_height - first);
  const std::uint32_t* image = static_cast<const std::uint32_t*>(t.input.image) + item * t.input.item_step;
  for (std::size_t c = 0; c < s.channels; ++c) {
    b.rows.copy(conv_kernels(), image + c * s.height * s.width, first, first + rows - 1,
                slot.copies + c * b.rows.words(), slot.scratch);
  }
  const std::size_t lanes = t.size.lanes, vectors = rows * b.rows.pitch() / lanes;
  place_vectors(b, rows, lanes, slot.places);
  const std::size_t tiles = ceil_div(vectors * lanes, t.size.columns);
  for (std::size_t panel = first_panel; panel < last_panel; ++panel) {
    for (std::size_t i = 0; i < tiles; ++i) {
      const std::size_t from = vectors * i / tiles, end = vectors * (i + 1) / tiles;
      t.finish(item, panel, {slot.copies + from * lanes, table, (end - from) * lanes, slot.places + from},
               first * s.out_width);
    }
  }
}
