#include <immintrin.h>

#include <cstring>

#include "convert.h"

namespace {
#include "element.inc"

inline __m128i load8(const std::uint16_t* p) { return _mm_loadu_si128(reinterpret_cast<const __m128i*>(p)); }
}  // namespace

void convert_f16_f32_avx2(const std::uint16_t* bits, std::size_t n, float* y) {
  std::size_t i = 0;
  for (; i + 8 <= n; i += 8) _mm256_storeu_ps(y + i, _mm256_cvtph_ps(load8(bits + i)));
  f16_f32_from(i, bits, n, y);
}

void convert_f32_f16_avx2(const float* x, std::size_t n, std::uint16_t* bits) {
  std::size_t i = 0;
  for (; i + 8 <= n; i += 8) {
    const __m128i h = _mm256_cvtps_ph(_mm256_loadu_ps(x + i), _MM_FROUND_TO_NEAREST_INT);
    _mm_storeu_si128(reinterpret_cast<__m128i*>(bits + i), h);
  }
  f32_f16_from(i, x, n, bits);
}

void convert_bf16_f32_avx2(const std::uint16_t* bits, std::size_t n, float* y) {
  std::size_t i = 0;
  for (; i + 8 <= n; i += 8) {
    const __m256i u = _mm256_slli_epi32(_mm256_cvtepu16_epi32(load8(bits + i)), 16);
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(y + i), u);
  }
  bf16_f32_from(i, bits, n, y);
}

void convert_f32_bf16_avx2(const float* x, std::size_t n, std::uint16_t* bits) {
  const __m256i infinity = _mm256_set1_epi32(0x7f800000), magnitude = _mm256_set1_epi32(0x7fffffff);
  std::size_t i = 0;
  for (; i + 8 <= n; i += 8) {
    const __m256i u = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(x + i));
    const __m256i top = _mm256_srli_epi32(u, 16), odd = _mm256_and_si256(top, _mm256_set1_epi32(1));
    const __m256i rounded = _mm256_add_epi32(_mm256_add_epi32(u, _mm256_set1_epi32(0x7fff)), odd);
    const __m256i quiet = _mm256_or_si256(top, _mm256_set1_epi32(0x40));
    const __m256i nan = _mm256_cmpgt_epi32(_mm256_and_si256(u, magnitude), infinity);
    const __m256i out = _mm256_blendv_epi8(_mm256_srli_epi32(rounded, 16), quiet, nan);
    const __m128i packed = _mm_packus_epi32(_mm256_castsi256_si128(out), _mm256_extracti128_si256(out, 1));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(bits + i), packed);
  }
  f32_bf16_from(i, x, n, bits);
}
