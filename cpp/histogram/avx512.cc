#include <immintrin.h>

#include "histogram.h"

void histogram_bins_f32_avx512(const float* x, std::size_t n, const BinRule& rule, std::uint32_t* bin) {
  const __m512 min_f32x16 = _mm512_set1_ps(rule.min), scale_f32x16 = _mm512_set1_ps(rule.scale);
  const __m512 last_f32x16 = _mm512_set1_ps(static_cast<float>(rule.bins - 1)), zero = _mm512_setzero_ps();
  const __m512i skipped = _mm512_set1_epi32(static_cast<int>(rule.bins));
  for (std::size_t i = 0; i < n; i += 16) {
    const std::size_t left = n - i;
    const __mmask16 here =
        left < 16 ? static_cast<__mmask16>((1u << left) - 1) : static_cast<__mmask16>(0xffff);
    const __m512 v = _mm512_maskz_loadu_ps(here, x + i);
    const __mmask16 finite = _mm512_cmp_ps_mask(_mm512_sub_ps(v, v), zero, _CMP_EQ_OQ);
    __m512 t = _mm512_mul_ps(_mm512_sub_ps(v, min_f32x16), scale_f32x16);
    t = _mm512_min_ps(_mm512_max_ps(t, zero), last_f32x16);
    _mm512_mask_storeu_epi32(bin + i, here, _mm512_mask_cvttps_epi32(skipped, finite, t));
  }
}
