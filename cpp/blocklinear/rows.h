#pragma once
#include <cstddef>
#include <cstdint>

#include "../panels/panels.h"

/// Kernels of block-sparse products take many columns at once. Rows of activations are columns for them: they
/// are packed as panels [words][rows], and tiles [outputs][rows] are turned into rows before they are stored.

/// Outputs that are stored together: a cache line of each row, or a kernel's block.
inline constexpr std::size_t outputs_together = 16;

/// Rows in memory, `bytes` each and `step` bytes apart, of which four bytes are a word; what is missing of
/// the last one reads as 0.
struct ByteRows {
  const std::byte* data;
  std::size_t rows, bytes, step;

  std::size_t words() const { return (bytes + 3) / 4; }
};

/// Fills panels of `width` rows: word k of row i at k * width + i.
FillPanels row_panels(const ByteRows& rows, std::size_t width);

/// A product whose left operand are sparse weights of `outputs` rows and whose right one are rows of
/// activations. Tiles are [rows][outputs_in_tile], as gemm's store wants them.
struct RowTiles {
  std::size_t outputs, depth;
  ByteRows x;
  TileSize kernel;  // of one block of outputs
  void (*enter)() = nullptr;
  void (*leave)() = nullptr;
  /// The block of kernel.rows outputs, by `wanted` rows: to to[output * kernel.columns + row].
  std::function<void(std::size_t block, const std::uint32_t* right, const std::uint32_t* table,
                     std::size_t wanted, void* to)>
      block;
  /// Rows `row` … and outputs `output` … of a tile whose rows are outputs_in_tile() words apart.
  std::function<void(std::size_t row, std::size_t output, std::size_t rows, std::size_t outputs,
                     const void* tile)>
      store;

  std::size_t outputs_in_tile() const {
    return kernel.rows > outputs_together ? kernel.rows : outputs_together;
  }
  std::size_t workspace(std::size_t threads) const;
  /// The same result for any number of threads, as multiply_panels.
  void run(const Work* work, void* workspace) const;

 private:
  PanelProduct product(const std::uint32_t* table) const;
  std::size_t width() const;
  std::size_t table_bytes() const;
};
