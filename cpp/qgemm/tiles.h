#pragma once
#include "qgemm.h"

/// A finished tile of item's result.
struct FinishedTile {
  std::size_t item, row, column, rows, columns;
  const std::int32_t* sums;
  std::size_t width;  // words from row to row
};

/// Where tiles of a product go, and how.
struct TileTarget {
  Output output;
  void* c;
  std::size_t stride, item_step;
  std::size_t packed_items, channels;  // channel values of item i begin at i % packed_items * channels
  Side side;                           // rows are channels, or columns
  Requantize requantize;
  const Dequantize& dequantize;
  ByteScale to = {};

  /// Looks through the multipliers.
  TileTarget& prepare();
};

/// Stores a tile where it belongs.
void store_tile(const QGemmKernels& kernels, const TileTarget& target, const FinishedTile& tile);
