#pragma once
#include "../gemv/gemv.h"
#include "../qgemv/qgemv.h"
#include "weights.h"

namespace engine {

/// Weights that are read once, for products of a few rows.

/// Forms "gemv.bitmap" and "gemv.blocks": BitmapWeights, and BlockWeights of 16 outputs by 1 input.
/// Parameters: those of read_matrices, one item.
Constant pack_gemv(const std::string& form, std::span<const std::byte> bytes, FormReader& reader);

/// Forms "qgemv.bitmap" and "qgemv.blocks": QBitmapWeights, and QBlockWeights of 16 outputs by 4 inputs.
/// Parameters: those of read_views, one item of one tap.
Constant pack_qgemv(const std::string& form, std::span<const std::byte> bytes, FormReader& reader);

}  // namespace engine
