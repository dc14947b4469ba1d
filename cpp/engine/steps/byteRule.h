#pragma once
#include "../stepReader.h"
#include "quantize/quantize.h"

namespace engine {

/// How a step makes bytes of its results: scale, zero point, whether signed.
inline QuantizeRule read_byte_rule(StepReader& reader) {
  const float scale = reader.real();
  const std::int64_t zero_point = reader.integer();
  const std::int32_t least = reader.flag() ? -128 : 0;
  reader.expect(scale > 0 && zero_point >= least && zero_point <= least + 255, "a scale and a zero point");
  return {scale, static_cast<std::int32_t>(zero_point), least, least + 255};
}

}  // namespace engine
