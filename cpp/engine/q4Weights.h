#pragma once
#include "../q4gemm/q4gemm.h"
#include "weights.h"

namespace engine {

/// Weights of 4 bits in the panels of cpp/q4gemm.
struct NarrowWeights {
  AlignedBytes memory;
  Q4Weights weights;
};

/// Form "q4gemm": NarrowWeights. Bytes: nibbles, scales, and zero points or nothing. Parameters: outputs,
/// inputs, block, whether integers are signed, the zero point where all have the same (plus 16), or else 0;
/// outer and inner steps of nibbles, scales and zero points; where scales and zero points begin, in bytes.
Constant pack_q4gemm(std::span<const std::byte> bytes, FormReader& reader);

}  // namespace engine
