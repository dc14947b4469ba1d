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

/// Bytes have a sign on both sides.
template <int Bits>
inline I dot(I sums, I weights, I x) {
  return vdotq_s32(sums, vreinterpretq_s8_s32(weights), vreinterpretq_s8_s32(x));
}

#include "panel.inc"
}  // namespace

void qnarrow_panel_neondot(const RoundedRows& x, std::size_t rows, const NarrowPanel& panel, float* sums) {
  any_rows(std::make_integer_sequence<int, 4>(), x, rows, panel, sums);
}
