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
};

/// Where the `count` first pixels of a vector go: behind pixel `at` of a plane.
struct VectorPlace {
  std::uint32_t at, count;
};

/// Neighboring pixels: those of inner index k stand at right + table[k]. With `places`, one a vector, they
/// are no neighbors in the result, and all vectors are whole.
struct TilePixels {
  const std::uint32_t* right;
  const std::uint32_t* table;
  std::size_t columns;
  const VectorPlace* places = nullptr;
};

/// A product of sparse weights by the pixels of a convolution, tile by tile. A kernel finds the pixels of
/// inner index k at right + table[k]. Where rows are wide they are read from the image, or from a padded copy
/// of the rows in use, and the words between rows are computed in vain; else from panels, as dense products
/// do.
struct ConvTiles {
  std::size_t items = 1, m;
  ConvInput input;
  TileSize size;
  bool strips;
  void (*enter)() = nullptr;
  void (*leave)() = nullptr;
  /// Rows size.rows * panel … of a tile. Pixels up to the next multiple of size.lanes may be read and
  /// written.
  std::function<void(std::size_t item, std::size_t panel, const TilePixels& pixels, void* tile)> whole;
  /// Computes a tile and stores it at pixel `column` of its planes, and touches nothing else: takes the place
  /// of `whole` and `store` where pixels are neighbors in the result too, or have places. May be empty.
  std::function<void(std::size_t item, std::size_t panel, const TilePixels& pixels, std::size_t column)>
      finish;
  StoreTile store;

  std::size_t workspace(std::size_t threads) const;
  /// The same result for any number of threads, as multiply_panels.
  void run(const Work* work, void* workspace) const;
};
