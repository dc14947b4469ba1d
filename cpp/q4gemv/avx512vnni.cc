#include <immintrin.h>

#include <cstring>

#include "q4gemv.h"

namespace {
#include "../simd/avx512.inc"
//
#include "../simd/avx512_words.inc"
//
#include "../simd/prefetch.inc"

/// (words & 0x0f…) ^ 0x08… in one instruction.
inline I even(I words) {
  return _mm512_ternarylogic_epi32(words, _mm512_set1_epi8(15), _mm512_set1_epi8(8), 0x6a);
}
inline I odd(I words) { return even(_mm512_srli_epi32(words, 4)); }
inline I dot(I sums, I bytes, I x) { return _mm512_dpbusd_epi32(sums, bytes, x); }

#include "panel.inc"
}  // namespace

void q4gemv_s8_panel_avx512vnni(const Q8Row& x, const NarrowPanel& panel, float* sums) {
  all_columns(x, panel, sums);
}
