#include <arm_neon.h>

#include "../simd/hints.h"
#include "depthwise.h"

namespace {
#include "../simd/neon.inc"
//
#include "../simd/neon_words.inc"

/// Signed by signed only: pixels enter less 128, and 128 times the weights are added with them.
using Bytes = int8x16_t;
inline Bytes unsigned_bytes(I words) {
  return veorq_s8(vreinterpretq_s8_s32(words), vdupq_n_s8(static_cast<std::int8_t>(-128)));
}
inline Bytes signed_bytes(I words) { return vreinterpretq_s8_s32(words); }
inline I dot(I sums, Bytes pixels, Bytes of_all, int e) {
  const Bytes weights = signed_bytes(
      both(vreinterpretq_s32_s8(of_all), splat_word(static_cast<std::int32_t>(0xffu << (8 * e)))));
  const Bytes less = vdupq_n_s8(static_cast<std::int8_t>(-128));
  return vsubq_s32(vdotq_s32(sums, pixels, weights), vdotq_s32(splat_word(0), less, weights));
}

#include "product.inc"
}  // namespace

void depthwise_f32_neondot(const float* source, const std::size_t* taps, std::size_t count,
                           const float* weights, float bias, std::size_t pixels, float* tile) {
  float_product(source, taps, count, weights, bias, pixels, tile);
}

void depthwise_u8_neondot(const std::uint32_t* source, const std::size_t* taps, std::size_t count,
                          const std::uint32_t* weights, std::size_t pixels, std::int32_t* tile,
                          std::size_t tile_step) {
  byte_product<4>(source, taps, count, weights, pixels, tile, tile_step);
}
