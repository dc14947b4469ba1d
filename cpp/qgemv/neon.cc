#include <arm_neon.h>

#include <cstring>

#include "qgemv.h"

namespace {
#include "../simd/neon.inc"
//
#include "../simd/neon_words.inc"
//
#include "../simd/prefetch.inc"

/// Two words of four bytes, widened to 16 bits.
using Inputs = int16x8_t;
struct Weights {
  int16x8_t low, high;
};
inline Inputs inputs_of(std::int32_t word) {
  return vreinterpretq_s16_u16(vmovl_u8(vreinterpret_u8_s32(vdup_n_s32(word))));
}
inline Weights weights_of(I words) {
  const int8x16_t bytes = vreinterpretq_s8_s32(words);
  return {vmovl_s8(vget_low_s8(bytes)), vmovl_s8(vget_high_s8(bytes))};
}
/// The sums of two neighboring products of each of two words.
inline I pairs(Inputs x, int16x8_t w) {
  return vpaddq_s32(vmull_s16(vget_low_s16(x), vget_low_s16(w)),
                    vmull_s16(vget_high_s16(x), vget_high_s16(w)));
}
inline I dot(I sums, Inputs x, const Weights& w) {
  return vaddq_s32(sums, vpaddq_s32(pairs(x, w.low), pairs(x, w.high)));
}

#include "rows.inc"
}  // namespace

#define ISA neon
#include "exports.inc"
