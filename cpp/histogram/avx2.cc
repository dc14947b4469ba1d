#include <immintrin.h>

#include "histogram.h"

namespace {
#include "element.inc"
}  // namespace

void histogram_bins_f32_avx2(const float* x, std::size_t n, const BinRule& rule, std::uint32_t* bin) {
  const float last = static_cast<float>(rule.bins - 1);
  const __m256 min_f32x8 = _mm256_set1_ps(rule.min), scale_f32x8 = _mm256_set1_ps(rule.scale);
  const __m256 last_f32x8 = _mm256_set1_ps(last), zero = _mm256_setzero_ps();
  const __m256i skipped = _mm256_set1_epi32(static_cast<int>(rule.bins));
  std::size_t i = 0;
  for (; i + 8 <= n; i += 8) {
    const __m256 v = _mm256_loadu_ps(x + i);
    const __m256 finite = _mm256_cmp_ps(_mm256_sub_ps(v, v), zero, _CMP_EQ_OQ);
    __m256 t = _mm256_mul_ps(_mm256_sub_ps(v, min_f32x8), scale_f32x8);
    t = _mm256_min_ps(_mm256_max_ps(t, zero), last_f32x8);
    const __m256i b = _mm256_blendv_epi8(skipped, _mm256_cvttps_epi32(t), _mm256_castps_si256(finite));
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(bin + i), b);
  }
  for (; i < n; ++i) bin[i] = bin_of(x[i], rule, last);
}
