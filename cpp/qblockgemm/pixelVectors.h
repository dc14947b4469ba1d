#pragma once
#include <cstddef>
#include <cstdint>

#include "planes.h"

/// `count` pixels of an image from pixel `first` on, whose words begin at `from`.
struct PixelRange {
  const std::uint32_t* from;
  std::size_t first, count;
};

/// How many vectors there are, and single pixels behind them.
struct PixelVectors {
  std::size_t count, lone;
};

/// Vectors over pixels that lie behind one another. Those beside the last whole vector are single where each
/// finds a tile to go along with: tiles have `tile` pixels; 0: none do.
PixelVectors vectors_in_line(const PixelRange& pixels, std::size_t lanes, std::size_t tile, PixelVector* to);

/// Vectors over rows of `pitch` words, of which the first `width` are pixels.
PixelVectors vectors_of_rows(const PixelRange& pixels, std::size_t width, std::size_t pitch,
                             std::size_t lanes, PixelVector* to);
