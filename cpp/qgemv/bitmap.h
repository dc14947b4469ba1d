#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

#include "../memory/pageVector.h"
#include "../qgemm/qgemm.h"

/// 8-bit weights that are zero anywhere: a bit for each, and the others one after the other. Panels of 16
/// outputs, in which bit 4 j + e of masks[panel * depth + k] is set where weight (output 16 panel + j, input
/// 4 k + e) is not zero.
struct QBitmapWeights {
  std::size_t rows, depth;  // depth in words
  PageVector<std::uint64_t> masks;
  PageVector<std::int8_t> values;  // in the order of the bits, then 64 zeros
  std::vector<std::size_t> first;  // value of each panel
  std::vector<std::int32_t> sums;  // each output's sum of weights

  std::size_t bytes() const {
    return masks.size() * 8 + values.size() + sums.size() * 4 + first.size() * sizeof(first[0]);
  }
};

/// Packs weights of one tap. Throws std::bad_alloc.
QBitmapWeights pack_qbitmap(const WeightView& weights);
