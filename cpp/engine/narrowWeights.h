#pragma once
#include "../narrowgemm/narrowgemm.h"
#include "weights.h"

namespace engine {

/// Weights of few bits in the panels of cpp/narrowgemm.
struct NarrowWeights {
  AlignedBytes memory;
  NarrowPanels weights;
};

/// Form "narrowgemm": NarrowWeights. Bytes: integers, scales, and zero points or nothing. Parameters:
/// outputs, inputs, block, bits, whether integers are signed, the zero point where all have the same (plus
/// 256), or else 0; outer and inner steps of integers, scales and zero points; where scales and zero points
/// begin, in bytes.
Constant pack_narrowgemm(std::span<const std::byte> bytes, FormReader& reader);

}  // namespace engine
