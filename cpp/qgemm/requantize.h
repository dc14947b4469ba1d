#pragma once
#include <cstddef>
#include <cstdint>

#include "../activation/activation.h"

/// How 32-bit sums become 8-bit values, as onnxruntime's QLinearConv and QLinearMatMul do it:
///
///   q = saturate(roundHalfEven(float(sum + bias) * multiplier) + zero_point, low, high)
///   q = table[q]                                                                       when there is a table
///   q = saturate(roundHalfEven(l * l_ratio + (r * r_ratio + fixed)), low, high)        when there is `other`
///   q = last_table[q]                                                                  when there is a table
///
/// The third line is onnxruntime's QLinearAdd of l and r, which are `other` and q, or q and `other` unless
/// other_first: ratio = scale of q / scale of the result, other_ratio alike, fixed = zero point of the result
/// - (l_ratio * zero point of l + r_ratio * zero point of r), in float32 and each step fused. Every variant
/// returns the same bytes. With a table or `other` all bytes are unsigned; without them low = -128 gives
/// signed ones.
struct Requantize {
  const std::int32_t* bias = nullptr;  // one a channel; may be null
  const float* multiplier = nullptr;   // one a channel
  std::int32_t zero_point = 0, low = 0, high = 255;
  const std::uint8_t* table = nullptr;  // 256 bytes, or null
  const std::uint8_t* other = nullptr;  // laid out as the result, or null
  float ratio = 1, other_ratio = 1, fixed = 0;
  bool other_first = true;
  std::int32_t other_low = 0, other_high = 255;
  const std::uint8_t* last_table = nullptr;
  /// All multipliers are below 1, so that no product leaves 32 bits. Drivers set it; stores are faster then.
  bool small = false;
};

/// Whether Requantize::small holds for so many channels.
bool multipliers_are_small(const Requantize& how, std::size_t channels);

/// y = f(float(sum + bias) * multiplier + float_bias + residual), each step rounded.
struct Dequantize {
  const std::int32_t* bias = nullptr;  // one a channel; may be null
  const float* multiplier = nullptr;   // one a channel
  const float* float_bias = nullptr;   // one a channel; may be null
  const float* residual = nullptr;     // laid out as the result; may be null
  Activation activation;
};

/// What QuantizeLinear makes of such results: q = saturate(roundHalfEven(y / scale) + zero_point, 0, 255), a
/// true division. 2^-60 <= scale <= 2^60.
struct ByteScale {
  float scale = 1;
  std::int32_t zero_point = 0;
};
