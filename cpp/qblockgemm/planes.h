#pragma once
#include <cstddef>
#include <cstdint>

#include "../qgemm/requantize.h"

/// As many neighboring words of pixels as a vector has lanes. Those of inner index k are read at
/// from + table[k]; the lanes whose bits are set in `kept` go to words `to`, `to + 1` … of the result.
struct PixelVector {
  const std::uint32_t* from;
  std::uint32_t to, kept;
};

/// Weights in panels of R rows: block b of panel p multiplies inner index indices[first[p] + b] by the R
/// values from (first[p] + b) * R on. Without `first` nothing is left out: a panel has `depth` blocks, and
/// all panels the same indices.
struct WeightPanels {
  const std::uint32_t *values, *indices;
  const std::size_t* first;
  std::size_t depth;

  std::size_t start(std::size_t panel) const { return first ? first[panel] : panel * depth; }
  std::size_t count(std::size_t panel) const { return first ? first[panel + 1] - first[panel] : depth; }
  const std::uint32_t* indices_of(std::size_t panel) const {
    return first ? indices + first[panel] : indices;
  }
};

/// Some panels of weights by some vectors of pixels of one image, requantized and stored in C4 planes.
struct QPlanes {
  WeightPanels weights;
  std::size_t rows;  // of all panels
  std::size_t first_panel, last_panel;
  const std::uint32_t* table;
  const PixelVector* vectors;
  std::size_t count;
  /// Behind the vectors so many of one pixel each, at most one a tile; 0 unless the kernel takes them.
  std::size_t lone;
  /// Vectors are taken up one after the other, each with all panels, rather than panels with all vectors.
  bool by_vectors;
  Requantize how;   // channel values from the first row on; `other` as c
  std::uint8_t* c;  // the planes of the first rows
  std::size_t stride;
};

/// Does all of it. Whole vectors are read, and in C4 planes just what is kept is written.
using qblockgemm_planes = void(const QPlanes& job);
