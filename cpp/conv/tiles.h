#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>

#include "conv.h"

struct Work;

/// What a convolution reads: item i's planes start at image + i * item_step words; outside of them is `pad`.
struct ConvInput {
  ConvShape shape;
  const void* image;
  std::size_t item_step = 0;
  std::uint32_t pad = 0;
  /// Of an image that lies in two halves, `image` being the upper one: the lower half of its rows, again
  /// plane by plane. One item, of an even number of rows.
  const void* lower = nullptr;

  const std::uint32_t* words() const { return static_cast<const std::uint32_t*>(image); }
  const std::uint32_t* lower_words() const { return static_cast<const std::uint32_t*>(lower); }
  /// Words from a plane to the next.
  std::size_t plane() const { return shape.height * shape.width / (lower ? 2 : 1); }
};

/// Rows or pixels cut into blocks; of two halves each is cut for itself.
struct BlockCut {
  std::size_t size, halves, length, per_half;

  std::size_t count() const { return halves * per_half; }
  std::size_t half_of(std::size_t block) const { return block / per_half; }
  std::size_t first_of(std::size_t block) const {
    return half_of(block) * (size / halves) + block % per_half * length;
  }
  std::size_t length_of(std::size_t block) const {
    const std::size_t i = block % per_half;
    return i + 1 < per_half ? length : size / halves - i * length;
  }
};

/// Neighboring pixels: those of inner index k stand at right + table[k].
struct TilePixels {
  const std::uint32_t* right;
  const std::uint32_t* table;
  std::size_t columns;
};

/// Vectors that hold `count` columns, but for a few beside them.
constexpr std::size_t tile_vectors(const TileSize& size, std::size_t count) {
  const std::size_t whole = count / size.lanes, rest = count % size.lanes;
  return whole > 0 && rest <= size.tail ? whole : whole + (rest > 0);
}

/// Calls body(first, columns) for tiles of `count` columns that are about equally wide: in whole vectors but
/// for the last one, which takes what is beside them.
template <class Body>
void for_each_tile(const TileSize& size, std::size_t count, const Body& body) {
  const std::size_t vectors = tile_vectors(size, count);
  const std::size_t tiles = (vectors * size.lanes + size.columns - 1) / size.columns;
  for (std::size_t i = 0; i < tiles; ++i) {
    const std::size_t from = vectors * i / tiles * size.lanes;
    const std::size_t end = i + 1 < tiles ? vectors * (i + 1) / tiles * size.lanes : count;
    body(from, end - from);
  }
}

/// A product of sparse weights by the pixels of a convolution, tile by tile. A kernel finds the pixels of
/// inner index k at right + table[k]. Where rows are wide they are read from the image, or from a padded copy
/// of the rows in use, and the words between rows are computed in vain; else from panels, as dense products
/// do.
struct ConvTiles {
  std::size_t items = 1, m;
  ConvInput input;
  TileSize size;
  bool strips;
  std::size_t weight_bytes = 0;  // of an item
  bool is_halved = false;        // blocks end at the middle of the result
  void (*enter)() = nullptr;
  void (*leave)() = nullptr;
  /// Rows size.rows * panel … of a tile. Pixels up to the next multiple of size.lanes may be read and
  /// written.
  std::function<void(std::size_t item, std::size_t panel, const TilePixels& pixels, void* tile)> whole;
  /// Computes a panel's rows of any number of neighboring pixels and stores them at pixel `column` of its
  /// planes, and touches nothing else: takes the place of `whole` and `store` where pixels are neighbors in
  /// the result too. May be empty.
  std::function<void(std::size_t item, std::size_t panel, const TilePixels& pixels, std::size_t column)>
      finish;
  StoreTile store;

  std::size_t halves() const { return is_halved ? 2 : 1; }
  /// The least number of blocks of pixels from `blocks` to `most` that threads can share equally, where that
  /// is better than sharing the weights.
  std::size_t shared_blocks(std::size_t blocks, std::size_t most, std::size_t threads) const;

  std::size_t workspace(std::size_t threads) const;
  /// The same result for any number of threads, as multiply_panels.
  void run(const Work* work, void* workspace) const;
};
