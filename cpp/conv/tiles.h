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
  /// Rows size.rows * panel … of `columns` neighboring pixels. Up to the next multiple of size.lanes may be
  /// read and written.
  std::function<void(std::size_t item, std::size_t panel, const std::uint32_t* right,
                     const std::uint32_t* table, std::size_t columns, void* tile)>
      whole;
  StoreTile store;

  std::size_t workspace(std::size_t threads) const;
  /// The same result for any number of threads, as multiply_panels.
  void run(const Work* work, void* workspace) const;
};
