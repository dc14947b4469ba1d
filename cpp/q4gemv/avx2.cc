#include <immintrin.h>

#include <cstring>

#include "q4gemv.h"

namespace {
#include "../simd/avx2.inc"
//
#include "../simd/avx2_words.inc"
//
#include "../simd/prefetch.inc"

inline I even(I words) {
  return _mm256_xor_si256(_mm256_and_si256(words, _mm256_set1_epi8(15)), _mm256_set1_epi8(8));
}
inline I odd(I words) { return even(_mm256_srli_epi32(words, 4)); }
/// Pairs of products stay below 2^12.
inline I dot(I sums, I bytes, I x) {
  return add(sums, _mm256_madd_epi16(_mm256_maddubs_epi16(bytes, x), _mm256_set1_epi16(1)));
}

#include "panel.inc"
}  // namespace

void q4gemv_s8_panel_avx2(const Q8Row& x, const NarrowPanel& panel, float* sums) {
  all_columns(x, panel, sums);
}
