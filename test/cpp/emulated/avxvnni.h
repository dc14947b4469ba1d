#pragma once
// The product of AVX-VNNI by instructions of AVX2, by its intrinsic's name: included ahead of the files of
// that instruction set where ONNXPRESS_EMULATE asks for it, so that their kernels are tested on processors
// without it.
#include <immintrin.h>

namespace emulated {

/// sums[w] += Σ left[4w + i] · right[4w + i], of which the right bytes have a sign. Unlike vpmaddubsw's, sums
/// of widened bytes do not saturate.
inline __m256i dot_unsigned_signed(__m256i sums, __m256i left, __m256i right) {
  const __m256i even = _mm256_madd_epi16(_mm256_and_si256(left, _mm256_set1_epi16(255)),
                                         _mm256_srai_epi16(_mm256_slli_epi16(right, 8), 8));
  const __m256i odd = _mm256_madd_epi16(_mm256_srli_epi16(left, 8), _mm256_srai_epi16(right, 8));
  return _mm256_add_epi32(sums, _mm256_add_epi32(even, odd));
}

}  // namespace emulated

#undef _mm256_dpbusd_avx_epi32
#define _mm256_dpbusd_avx_epi32(sums, left, right) emulated::dot_unsigned_signed(sums, left, right)
