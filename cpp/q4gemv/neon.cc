#include <arm_neon.h>

#include <cstring>

#include "q4gemv.h"

namespace {
#include "../simd/neon.inc"
//
#include "../simd/neon_words.inc"
//
#include "../simd/prefetch.inc"

inline I even(I words) {
  return veorq_s32(vandq_s32(words, vdupq_n_s32(0x0f0f0f0f)), vdupq_n_s32(0x08080808));
}
inline I odd(I words) { return even(vshrq_n_s32(words, 4)); }
inline I dot(I sums, I bytes, I x) {
  const int8x16_t a = vreinterpretq_s8_s32(bytes), b = vreinterpretq_s8_s32(x);
  const I low = vpaddlq_s16(vmull_s8(vget_low_s8(a), vget_low_s8(b)));
  const I high = vpaddlq_s16(vmull_s8(vget_high_s8(a), vget_high_s8(b)));
  return vaddq_s32(sums, vpaddq_s32(low, high));
}

#include "panel.inc"
}  // namespace

void q4gemv_s8_panel_neon(const Q8Row& x, const NarrowPanel& panel, float* sums) {
  all_columns(x, panel, sums);
}
