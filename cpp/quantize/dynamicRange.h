#pragma once
#include <algorithm>
#include <cmath>
#include <cstdint>

#include "../minmax/minmax.h"

/// Scale and zero point of unsigned bytes for numbers of a range, as ONNX's DynamicQuantizeLinear: the range
/// is widened to hold 0, scale = range / 255, zero point = roundHalfEven(-min / scale).
struct DynamicRange {
  float scale;
  std::int32_t zero_point;

  explicit DynamicRange(const MinMax& range) {
    const float low = std::min(range.min, 0.0f), high = std::max(range.max, 0.0f);
    scale = high > low ? (high - low) / 255.0f : 1.0f;
    zero_point = static_cast<std::int32_t>(std::nearbyint(std::clamp(0.0f - low / scale, 0.0f, 255.0f)));
  }
};
