#include <immintrin.h>

#include "errorsums.h"

namespace {
#include "element.inc"

inline __mmask8 first(std::size_t left) {
  return left < 8 ? static_cast<__mmask8>((1u << left) - 1) : static_cast<__mmask8>(0xff);
}

inline double folded(__m512d v) {
  double lane[lanes];
  _mm512_storeu_pd(lane, v);
  return folded(lane);
}

/// sum + a * b, rounded twice: where the product is exact that is what a fused operation gives.
inline __m512d add_product(__m512d sum, __m512d a, __m512d b) {
  return _mm512_add_pd(sum, _mm512_mul_pd(a, b));
}

/// x minus what quantizing and dequantizing makes of it; 0 in the lanes left out.
inline __m512d error(__mmask8 here, __m256 x, __m256 scale, __m256i zero_point, std::int32_t qmin,
                     std::int32_t qmax) {
  const __m256 low = _mm256_cvtepi32_ps(_mm256_sub_epi32(_mm256_set1_epi32(qmin), zero_point));
  const __m256 high = _mm256_cvtepi32_ps(_mm256_sub_epi32(_mm256_set1_epi32(qmax), zero_point));
  __m256 v = _mm256_div_ps(x, scale);
  v = _mm256_maskz_mov_ps(_mm256_cmp_ps_mask(v, v, _CMP_ORD_Q), v);
  v = _mm256_min_ps(_mm256_max_ps(v, low), high);
  v = _mm256_round_ps(v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
  return _mm512_maskz_sub_pd(here, _mm512_cvtps_pd(x), _mm512_cvtps_pd(_mm256_mul_ps(v, scale)));
}
}  // namespace

ErrorSums error_sums_f32_avx512(const float* a, const float* b, std::size_t n) {
  __m512d signal = _mm512_setzero_pd(), noise = signal, dot = signal, energy = signal, largest = signal;
  for (std::size_t i = 0; i < n; i += lanes) {
    const __mmask8 here = first(n - i);
    const __m512d x = _mm512_cvtps_pd(_mm256_maskz_loadu_ps(here, a + i));
    const __m512d y = _mm512_cvtps_pd(_mm256_maskz_loadu_ps(here, b + i)), d = _mm512_sub_pd(x, y);
    signal = add_product(signal, x, x);
    noise = add_product(noise, d, d);
    dot = add_product(dot, x, y);
    energy = add_product(energy, y, y);
    largest = _mm512_max_pd(_mm512_abs_pd(d), largest);
  }
  return {folded(signal), folded(noise), folded(dot), folded(energy), _mm512_reduce_max_pd(largest)};
}

double quantization_error_f32_avx512(const float* x, std::size_t n, const FakeQuantize& rule) {
  const __m256 scale = _mm256_set1_ps(rule.scale);
  const __m256i zero_point = _mm256_set1_epi32(rule.zero_point);
  __m512d total = _mm512_setzero_pd();
  for (std::size_t i = 0; i < n; i += lanes) {
    const __mmask8 here = first(n - i);
    const __m512d d =
        error(here, _mm256_maskz_loadu_ps(here, x + i), scale, zero_point, rule.qmin, rule.qmax);
    total = add_product(total, d, d);
  }
  return folded(total);
}

void quantization_error_columns_f32_avx512(const float* x, std::size_t rows, std::size_t stride,
                                           std::size_t columns, const FakeQuantizeColumns& rule,
                                           double* sums) {
  for (std::size_t r = 0; r < rows; ++r, x += stride) {
    for (std::size_t j = 0; j < columns; j += lanes) {
      const __mmask8 here = first(columns - j);
      const __m256 scale = _mm256_maskz_loadu_ps(here, rule.scale + j);
      const __m256i zero_point = _mm256_maskz_loadu_epi32(here, rule.zero_point + j);
      const __m512d d =
          error(here, _mm256_maskz_loadu_ps(here, x + j), scale, zero_point, rule.qmin, rule.qmax);
      _mm512_mask_storeu_pd(sums + j, here, add_product(_mm512_maskz_loadu_pd(here, sums + j), d, d));
    }
  }
}
