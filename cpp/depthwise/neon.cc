#include <arm_neon.h>

#include "../simd/hints.h"
#include "depthwise.h"

namespace {
#include "../simd/neon.inc"
//
#include "../simd/neon_words.inc"

/// One channel at a time, in 32 bits.
using Bytes = I;
inline Bytes unsigned_bytes(I words) { return words; }
inline Bytes signed_bytes(I words) { return words; }
inline I dot(I sums, I pixels, I weights, int e) {
  const I up = vdupq_n_s32(24 - 8 * e), down = vdupq_n_s32(-24);
  const I pixel = vreinterpretq_s32_u32(vshlq_u32(vshlq_u32(vreinterpretq_u32_s32(pixels), up), down));
  return vmlaq_s32(sums, pixel, vshlq_s32(vshlq_s32(weights, up), down));
}

#include "product.inc"
}  // namespace

void depthwise_f32_neon(const float* source, const std::size_t* taps, std::size_t count, const float* weights,
                        float bias, std::size_t pixels, float* tile) {
  float_product(source, taps, count, weights, bias, pixels, tile);
}

void depthwise_u8_neon(const std::uint32_t* source, const std::size_t* taps, std::size_t count,
                       const std::uint32_t* weights, std::size_t pixels, std::int32_t* tile,
                       std::size_t tile_step) {
  byte_product<2>(source, taps, count, weights, pixels, tile, tile_step);
}
