#include <immintrin.h>

#include "convert.h"

namespace {
inline __mmask16 lanes(std::size_t left) {
  return left < 16 ? static_cast<__mmask16>((1u << left) - 1) : static_cast<__mmask16>(0xffff);
}
}  // namespace

void convert_f16_f32_avx512(const std::uint16_t* bits, std::size_t n, float* y) {
  for (std::size_t i = 0; i < n; i += 16) {
    const __mmask16 here = lanes(n - i);
    _mm512_mask_storeu_ps(y + i, here, _mm512_cvtph_ps(_mm256_maskz_loadu_epi16(here, bits + i)));
  }
}

void convert_f32_f16_avx512(const float* x, std::size_t n, std::uint16_t* bits) {
  for (std::size_t i = 0; i < n; i += 16) {
    const __mmask16 here = lanes(n - i);
    const __m512 v = _mm512_maskz_loadu_ps(here, x + i);
    _mm256_mask_storeu_epi16(bits + i, here,
                             _mm512_cvtps_ph(v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC));
  }
}

void convert_bf16_f32_avx512(const std::uint16_t* bits, std::size_t n, float* y) {
  for (std::size_t i = 0; i < n; i += 16) {
    const __mmask16 here = lanes(n - i);
    const __m512i u = _mm512_slli_epi32(_mm512_cvtepu16_epi32(_mm256_maskz_loadu_epi16(here, bits + i)), 16);
    _mm512_mask_storeu_epi32(y + i, here, u);
  }
}

void convert_f32_bf16_avx512(const float* x, std::size_t n, std::uint16_t* bits) {
  const __m512i infinity = _mm512_set1_epi32(0x7f800000), magnitude = _mm512_set1_epi32(0x7fffffff);
  for (std::size_t i = 0; i < n; i += 16) {
    const __mmask16 here = lanes(n - i);
    const __m512i u = _mm512_maskz_loadu_epi32(here, x + i);
    const __m512i top = _mm512_srli_epi32(u, 16), odd = _mm512_and_si512(top, _mm512_set1_epi32(1));
    const __m512i rounded = _mm512_add_epi32(_mm512_add_epi32(u, _mm512_set1_epi32(0x7fff)), odd);
    const __mmask16 nan = _mm512_cmpgt_epi32_mask(_mm512_and_si512(u, magnitude), infinity);
    const __m512i quiet = _mm512_or_si512(top, _mm512_set1_epi32(0x40));
    const __m512i out = _mm512_mask_mov_epi32(_mm512_srli_epi32(rounded, 16), nan, quiet);
    _mm256_mask_storeu_epi16(bits + i, here, _mm512_cvtepi32_epi16(out));
  }
}
