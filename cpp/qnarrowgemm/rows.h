#pragma once
#include <cstddef>
#include <cstdint>

#include "../narrowgemm/pack.h"

/// Rows of activations, rounded to 8 bits block by block: x = s q with s = max |x| / 127 and q =
/// roundHalfEven(x * (127 / max |x|)), as MLAS does it. Of every 8 inputs q stand in the order 0, 2, 4, 6, 1,
/// 3, 5, 7, filled up with zeros to whole blocks; then each block's s, and its sum of q. Of a block whose
/// largest is below 2^-100 all q are 0; of one that is not finite s is NaN.
struct RoundedRows {
  std::int8_t* q;
  std::size_t step;  // bytes from row to row
  float* scales;
  std::int32_t* sums;
  std::size_t blocks;  // of a row

  RoundedRows from(std::size_t row) const {
    return {q + row * step, step, scales + row * blocks, sums + row * blocks, blocks};
  }
};

/// Rounds one row of `inputs` inputs, whose blocks are those of `panel`.
using qnarrow_round = void(const float* x, std::size_t inputs, const NarrowPanel& panel,
                           const RoundedRows& to);
