#include <immintrin.h>
#include <math.h>

#include "minmax.h"

namespace {
#include "element.inc"

inline __m256 finite(__m256 v) { return _mm256_cmp_ps(_mm256_sub_ps(v, v), _mm256_setzero_ps(), _CMP_EQ_OQ); }
}  // namespace

MinMax min_max_f32_avx2(const float* x, std::size_t n) {
  const __m256 top = _mm256_set1_ps(HUGE_VALF), bottom = _mm256_set1_ps(-HUGE_VALF);
  __m256 low[4] = {top, top, top, top}, high[4] = {bottom, bottom, bottom, bottom};
  __m256i good = _mm256_setzero_si256();
  std::size_t i = 0;
  for (; i + 32 <= n; i += 32) {
    for (int k = 0; k < 4; ++k) {
      const __m256 v = _mm256_loadu_ps(x + i + 8 * k), ok = finite(v);
      low[k] = _mm256_min_ps(_mm256_blendv_ps(top, v, ok), low[k]);
      high[k] = _mm256_max_ps(_mm256_blendv_ps(bottom, v, ok), high[k]);
      good = _mm256_sub_epi32(good, _mm256_castps_si256(ok));
    }
  }
  float lows[32], highs[32];
  int counts[8];
  for (int k = 0; k < 4; ++k) {
    _mm256_storeu_ps(lows + 8 * k, low[k]);
    _mm256_storeu_ps(highs + 8 * k, high[k]);
  }
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(counts), good);
  MinMax result{HUGE_VALF, -HUGE_VALF, i};
  for (int k = 0; k < 32; ++k) {
    result.min = lows[k] < result.min ? lows[k] : result.min;
    result.max = highs[k] > result.max ? highs[k] : result.max;
  }
  for (int count : counts) result.non_finite -= static_cast<std::size_t>(count);
  for (; i < n; ++i) join(x[i], result);
  return settled(result);
}

void min_max_columns_f32_avx2(const float* x, std::size_t rows, std::size_t stride, std::size_t columns,
                              float* min, float* max) {
  const __m256 top = _mm256_set1_ps(HUGE_VALF), bottom = _mm256_set1_ps(-HUGE_VALF),
               zero = _mm256_setzero_ps();
  for (std::size_t r = 0; r < rows; ++r, x += stride) {
    std::size_t j = 0;
    for (; j + 8 <= columns; j += 8) {
      const __m256 v = _mm256_loadu_ps(x + j), ok = finite(v);
      const __m256 low = _mm256_min_ps(_mm256_blendv_ps(top, v, ok), _mm256_loadu_ps(min + j));
      const __m256 high = _mm256_max_ps(_mm256_blendv_ps(bottom, v, ok), _mm256_loadu_ps(max + j));
      _mm256_storeu_ps(min + j, _mm256_add_ps(low, zero));
      _mm256_storeu_ps(max + j, _mm256_add_ps(high, zero));
    }
    join_columns(x, j, columns, min, max);
  }
}
