#include "stripBlocks.h"

namespace {

/// What a block's copied rows may take: they stay in the second-level cache while all weights pass by.
constexpr std::size_t block_words = 96 * 1024;
/// Pixels of a block that is read from the image itself.
constexpr std::size_t block_pixels = 2048;

/// Blocks of whole vectors, but for what the last one has beside them.
StripBlocks finished_blocks(const ConvTiles& tiles, const ConvShape& s, std::size_t threads) {
  const TileSize& size = tiles.size;
  const std::size_t most =
      std::clamp(block_words / std::max<std::size_t>(s.channels, 1), size.columns, block_pixels);
  const std::size_t halves = tiles.halves(), vectors = tile_vectors(size, s.out_width / halves);
  const std::size_t least = halves * ceil_div(vectors * size.lanes, most);
  const std::size_t blocks = tiles.shared_blocks(least, halves * vectors, threads);
  const std::size_t length = ceil_div(vectors, blocks / halves);
  return {s, Strip(s, 1), {s.out_width, halves, length * size.lanes, ceil_div(vectors, length)}};
}

}  // namespace

std::optional<StripBlocks> StripBlocks::of(const ConvTiles& tiles, std::size_t threads) {
  const bool is_read_in_place = tiles.finish && tiles.input.shape.is_pointwise();
  if (!tiles.strips && !is_read_in_place) return std::nullopt;
  const TileSize& size = tiles.size;
  const ConvShape s = flattened(tiles.input.shape);
  if (s.pixels() < size.lanes) return std::nullopt;
  const Strip one(s, 1);
  if (one.row() * 8 > s.out_width * 9 + 8) return std::nullopt;
  if (one.in_place()) {
    if (s.out_height > 1) return std::nullopt;
    if (tiles.finish) return finished_blocks(tiles, s, threads);
    const std::size_t count = ceil_div(s.out_width, block_pixels);
    const std::size_t length = ceil_div(ceil_div(s.out_width, count), size.columns) * size.columns;
    return StripBlocks{s, one, {s.out_width, 1, length, ceil_div(s.out_width, length)}};
  }
  const std::size_t halo = s.channels * one.words();
  const std::size_t row = s.channels * (Strip(s, 2).words() - one.words());
  if (halo > 2 * block_words) return std::nullopt;
  const std::size_t most = halo >= block_words || row == 0 ? 1 : 1 + (block_words - halo) / row;
  const std::size_t rows = ceil_div(s.out_height, ceil_div(s.out_height, most));
  return StripBlocks{s, Strip(s, rows), {s.out_height, 1, rows, ceil_div(s.out_height, rows)}};
}

void BlockRun::run(std::size_t item, std::size_t block, std::size_t first_panel, std::size_t last_panel) {
  item_ = item;
  first_ = b_.cut.first_of(block);
  const std::size_t count = b_.cut.length_of(block);
  const std::uint32_t* right = pixels(count, b_.cut.half_of(block));
  const std::size_t reach = b_.by_pixels() ? count : (count - 1) * b_.strip.row() + b_.shape.out_width;
  if (t_.finish && b_.by_pixels()) return finish(right, count, first_panel, last_panel);
  const std::size_t lanes = t_.size.lanes;
  for (std::size_t panel = first_panel; panel < last_panel; ++panel) {
    for (std::size_t j = 0; j < reach; j += t_.size.columns) {
      const std::size_t columns = std::min(reach - j, t_.size.columns), whole = columns / lanes * lanes;
      if (whole > 0 && whole < columns && ends_image(j + columns)) {  // the rest is a tile of its own
        tile(panel, right, j, whole);
        tile(panel, right, j + whole, columns - whole);
      } else {
        tile(panel, right, j, columns);
      }
    }
  }
  flush();
}

void BlockRun::finish(const std::uint32_t* right, std::size_t count, std::size_t first_panel,
                      std::size_t last_panel) {
  for (std::size_t panel = first_panel; panel < last_panel; ++panel)
    t_.finish(item_, panel, {right, table_, count}, first_);
}

/// The pixels of the block's first output pixel, copied where they must be.
const std::uint32_t* BlockRun::pixels(std::size_t count, std::size_t half) {
  if (half == 1 && t_.input.lower) return t_.input.lower_words() + first_ - t_.input.plane();
  const std::uint32_t* image = t_.input.words() + item_ * t_.input.item_step;
  if (b_.by_pixels()) return image + first_;
  const std::size_t plane = b_.shape.height * b_.shape.width, words = b_.strip.words();
  std::fill_n(slot_.copied, b_.shape.channels * words, t_.input.pad);
  for (std::size_t c = 0; c < b_.shape.channels; ++c) {
    b_.strip.copy(conv_kernels(), image + c * plane, first_, first_ + count - 1, slot_.copied + c * words);
  }
  return slot_.copied;
}

/// A tile that would reach beyond the image begins earlier, over pixels that have been computed before.
void BlockRun::tile(std::size_t panel, const std::uint32_t* right, std::size_t j, std::size_t columns) {
  const std::size_t lanes = t_.size.lanes, vectors = ceil_div(columns, lanes) * lanes;
  std::size_t back = 0;
  if (vectors > columns && ends_image(j + columns)) back = vectors - columns;
  std::uint32_t* at = slot_.tiles + (turn_ ^= 1) * StripSlot::tile_words(t_.size);
  t_.whole(item_, panel, {right + j - back, table_, columns + back}, at);
  flush();
  pending_ = at + back, row_ = panel * t_.size.rows, from_ = j, columns_ = columns;
}

/// Stores the tile before, row by row of the image.
void BlockRun::flush() {
  if (!pending_) return;
  const std::size_t rows = std::min(t_.m - row_, t_.size.rows), pitch = b_.strip.row(),
                    width = b_.shape.out_width;
  if (b_.by_pixels()) {
    t_.store(item_, row_, first_ + from_, rows, columns_, pending_);
  } else {
    for (std::size_t j = from_, end = from_ + columns_; j < end;) {
      const std::size_t y = j / pitch, x = j % pitch, length = std::min(end - j, pitch - x);
      if (x < width) {
        t_.store(item_, row_, (first_ + y) * width + x, rows, std::min(length, width - x),
                 pending_ + (j - from_));
      }
      j += length;
    }
  }
  pending_ = nullptr;
}
