#pragma once
#include "../narrowgemm/narrowgemm.h"
#include "weights.h"

namespace engine {

/// Weights of few bits in the panels of cpp/narrowgemm.
struct NarrowWeights {
  AlignedBytes memory;
  NarrowPanels weights;
};

/// Forms "narrowgemm", for products with floats, and "qnarrowgemm", with bytes: NarrowWeights. Bytes:
/// integers, scales, and zero points or nothing. Parameters: outputs, inputs, block, bits, whether integers
/// are signed, the zero point where all have the same (plus 256), or else 0; outer and inner steps of
/// integers, scales and zero points; where scales and zero points begin, in bytes.
Constant pack_narrowgemm(const std::string& form, std::span<const std::byte> bytes, FormReader& reader);

}  // namespace engine
