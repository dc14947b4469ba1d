#include <arm_neon.h>

#include "qblockgemm.h"

namespace {
#include "../simd/neon.inc"
//
#include "../simd/neon_words.inc"

/// The dot product of this instruction set is signed by signed: pixels enter less 128, and 128 times the
/// weights are added with them.
using Pixels = int8x16_t;
struct Weights {
  int8x16_t bytes;
  I share;
};
constexpr std::size_t words = 1;
inline Pixels pixels_of(I bytes) {
  return veorq_s8(vreinterpretq_s8_s32(bytes), vdupq_n_s8(static_cast<std::int8_t>(-128)));
}
inline Weights weight_at(const std::uint32_t* value) {
  const int8x16_t bytes = vreinterpretq_s8_s32(splat_word(static_cast<std::int32_t>(*value)));
  return {bytes, vdotq_s32(splat_word(0), bytes, vdupq_n_s8(static_cast<std::int8_t>(-128)))};
}
inline I dot(I sums, Pixels pixels, const Weights& weights) {
  return vsubq_s32(vdotq_s32(sums, pixels, weights.bytes), weights.share);
}

#include "../simd/unrolled.inc"
//
#include "accumulate.inc"
//
#include "product.inc"
//
#include "../qgemm/steps.inc"
//
#include "../simd/kept.inc"
//
#include "noLonePixel.inc"
//
#include "planes.inc"

constexpr int vectors4 = 4, vectors8 = 2;
}  // namespace

#define ISA neondot
#include "exports.inc"
