#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "../memory/lines.h"
#include "strip.h"
#include "tiles.h"

/// Blocks of output rows, or of the pixels of one row, that are computed from strips.
struct StripBlocks {
  ConvShape shape;
  Strip strip;
  BlockCut cut;  // of rows, or of pixels where the image is one row read in place

  bool by_pixels() const { return strip.in_place() && shape.out_height == 1; }

  /// Words of an item's copied rows, and what kernels may read beyond.
  std::size_t copied_words() const {
    return strip.in_place() ? 0 : whole_lines_of_words(shape.channels * strip.words() + 128);
  }

  /// Nothing where panels do better: rows are too narrow or too long to copy, or vectors would not fit.
  static std::optional<StripBlocks> of(const ConvTiles& tiles, std::size_t threads);
};

/// Where a thread works.
struct StripSlot {
  std::uint32_t *tiles, *copied;

  static std::size_t tile_words(const TileSize& size) {
    return whole_lines_of_words(size.rows * size.columns + 16);
  }
  static std::size_t words(const StripBlocks& b, const TileSize& size) {
    return 2 * tile_words(size) + b.copied_words();
  }
};

/// One block of one item by some panels of weights.
class BlockRun {
 public:
  BlockRun(const ConvTiles& tiles, const StripBlocks& blocks, const std::uint32_t* table,
           const StripSlot& slot)
      : t_(tiles), b_(blocks), table_(table), slot_(slot) {}

  void run(std::size_t item, std::size_t block, std::size_t first_panel, std::size_t last_panel);

 private:
  const std::uint32_t* pixels(std::size_t count, std::size_t half);
  void finish(const std::uint32_t* right, std::size_t count, std::size_t first_panel, std::size_t last_panel);
  void tile(std::size_t panel, const std::uint32_t* right, std::size_t j, std::size_t columns);
  void flush();
  /// Kernels must not read beyond pixel `end` of the block.
  bool ends_image(std::size_t end) const {
    return b_.by_pixels() && first_ + end + t_.size.lanes > b_.shape.out_width;
  }

  const ConvTiles& t_;
  const StripBlocks& b_;
  const std::uint32_t* table_;
  const StripSlot& slot_;
  std::size_t item_ = 0, first_ = 0, turn_ = 0, row_ = 0, from_ = 0, columns_ = 0;
  const std::uint32_t* pending_ = nullptr;
};
