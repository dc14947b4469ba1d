#pragma once
#include "../q4gemm/q4gemm.h"
#include "weights.h"

namespace engine {

/// Form "q4gemm": Q4Weights. Bytes: nibbles, scales, and zero points or nothing. Parameters: outputs, inputs,
/// block, whether integers are signed, the zero point where all have the same (plus 16), or else 0; outer and
/// inner steps of nibbles, scales and zero points; where scales and zero points begin, in bytes.
Constant pack_q4gemm(std::span<const std::byte> bytes, FormReader& reader);

}  // namespace engine
