#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

#include "../gemm/gemm.h"
#include "../memory/pageVector.h"

/// Weights that are zero anywhere: a bit for each, and the others one after the other. Panels of 16 outputs,
/// in which masks[panel * depth + k] has bit j set where weight (16 panel + j, k) is not zero.
struct BitmapWeights {
  std::size_t rows, depth;
  PageVector<std::uint16_t> masks;
  PageVector<float> values;        // in the order of the bits, then 16 zeros
  std::vector<std::size_t> first;  // value of each panel

  std::size_t panels() const { return first.size(); }
  std::size_t bytes() const { return masks.size() * 2 + values.size() * 4 + first.size() * sizeof(first[0]); }
};

/// Packs a matrix of outputs (MatrixView of a left operand). Throws std::bad_alloc.
BitmapWeights pack_bitmap(const MatrixView& matrix);
