#include "shiftedBlocks.h"

#include <algorithm>

#include "../memory/lines.h"

namespace {

/// What a block's copies may take: they stay in the second-level cache while all weights pass by.
constexpr std::size_t block_words = 224 * 1024;

}  // namespace

std::size_t ShiftedBlocks::slot_words() const {
  return whole_lines_of_words(shape.channels * rows.words()) + whole_lines_of_words(rows.scratch_words());
}

std::optional<ShiftedBlocks> ShiftedBlocks::of(const ConvTiles& tiles, std::size_t threads) {
  const ConvShape& s = tiles.input.shape;
  if (!tiles.finish || tiles.input.pad != 0 || s.is_pointwise()) return std::nullopt;
  const std::size_t halo = s.channels * ShiftedRows(s, 1).words();
  const std::size_t row = std::max<std::size_t>(s.channels * ShiftedRows(s, 2).words() - halo, 1);
  if (halo > block_words && !tiles.is_halved && !tiles.input.lower) return std::nullopt;
  const std::size_t most = 1 + (std::max(block_words, halo) - halo) / row;
  const std::size_t halves = tiles.halves(), height = s.out_height / halves;
  const std::size_t blocks = tiles.shared_blocks(ceil_div(s.out_height, most), s.out_height, threads);
  const std::size_t length = ceil_div(height, blocks / halves);
  return ShiftedBlocks{s, ShiftedRows(s, length), {s.out_height, halves, length, ceil_div(height, length)}};
}

void run_shifted(const ConvTiles& t, const ShiftedBlocks& b, const std::uint32_t* table, std::uint32_t* slot,
                 std::size_t item, std::size_t block, std::size_t first_panel, std::size_t last_panel) {
  const ConvShape& s = b.shape;
  std::uint32_t* const scratch = slot + whole_lines_of_words(s.channels * b.rows.words());
  const std::size_t first = b.cut.first_of(block), rows = b.cut.length_of(block);
  ImagePlane plane{t.input.words() + item * t.input.item_step, t.input.lower_words(),
                   t.input.plane() / std::max<std::size_t>(s.width, 1)};
  for (std::size_t c = 0; c < s.channels; ++c, plane.advance(t.input.plane())) {
    b.rows.copy(conv_kernels(), plane, first, first + rows - 1, slot + c * b.rows.words(), scratch);
  }
  const std::size_t pixels = rows * s.out_width;
  for (std::size_t panel = first_panel; panel < last_panel; ++panel)
    t.finish(item, panel, {slot, table, pixels}, first * s.out_width);
}
