#include <arm_neon.h>

#include <cstring>
#include <utility>

#include "qnarrowgemm.h"

namespace {
#include "../simd/neon.inc"
//
#include "../simd/neon_words.inc"
//
#include "../simd/prefetch.inc"
//
#include "bytes_neon.inc"

/// Products of four bytes a word, which have a sign on both sides.
template <int Bits>
inline I dot(I sums, I weights, I x) {
  const int8x16_t a = vreinterpretq_s8_s32(weights), b = vreinterpretq_s8_s32(x);
  const I low = vpaddlq_s16(vmull_s8(vget_low_s8(a), vget_low_s8(b)));
  const I high = vpaddlq_s16(vmull_s8(vget_high_s8(a), vget_high_s8(b)));
  return vaddq_s32(sums, vpaddq_s32(low, high));
}

#include "panel.inc"
//
#include "round.inc"
}  // namespace

void qnarrow_panel_neon(const RoundedRows& x, std::size_t rows, const NarrowPanel& panel, float* sums) {
  any_rows(std::make_integer_sequence<int, 4>(), x, rows, panel, sums);
}

void qnarrow_round_neon(const float* x, std::size_t inputs, const NarrowPanel& panel, const RoundedRows& to) {
  round_row(x, inputs, panel, to);
}
