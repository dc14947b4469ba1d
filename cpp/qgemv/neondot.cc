#include <arm_neon.h>

#include <cstring>

#include "qgemv.h"

namespace {
#include "../simd/neon.inc"
//
#include "../simd/neon_words.inc"
//
#include "../simd/prefetch.inc"

/// The dot product of this instruction set is signed by signed: inputs enter less 128, and 128 times the
/// weights are added with them.
using Inputs = int8x16_t;
struct Weights {
  int8x16_t bytes;
  I share;
};
inline Inputs inputs_of(std::int32_t word) {
  return veorq_s8(vreinterpretq_s8_s32(splat_word(word)), vdupq_n_s8(static_cast<std::int8_t>(-128)));
}
inline Weights weights_of(I words) {
  const int8x16_t bytes = vreinterpretq_s8_s32(words);
  return {bytes, vdotq_s32(splat_word(0), bytes, vdupq_n_s8(static_cast<std::int8_t>(-128)))};
}
inline I dot(I sums, Inputs x, const Weights& w) { return vsubq_s32(vdotq_s32(sums, x, w.bytes), w.share); }

#include "rows.inc"
}  // namespace

#define ISA neondot
#include "exports.inc"
