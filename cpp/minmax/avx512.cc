#include <immintrin.h>
#include <math.h>

#include "minmax.h"

namespace {
inline __mmask16 lanes(std::size_t left) {
  return left < 16 ? static_cast<__mmask16>((1u << left) - 1) : static_cast<__mmask16>(0xffff);
}

inline __mmask16 finite(__mmask16 among, __m512 v) {
  return _mm512_mask_cmp_ps_mask(among, _mm512_sub_ps(v, v), _mm512_setzero_ps(), _CMP_EQ_OQ);
}
}  // namespace

MinMax min_max_f32_avx512(const float* x, std::size_t n) {
  const __m512 top = _mm512_set1_ps(HUGE_VALF), bottom = _mm512_set1_ps(-HUGE_VALF);
  __m512 low[4] = {top, top, top, top}, high[4] = {bottom, bottom, bottom, bottom};
  std::size_t good = 0, i = 0;
  for (; i + 64 <= n; i += 64) {
    for (int k = 0; k < 4; ++k) {
      const __m512 v = _mm512_loadu_ps(x + i + 16 * k);
      const __mmask16 ok = finite(0xffff, v);
      low[k] = _mm512_mask_min_ps(low[k], ok, low[k], v);
      high[k] = _mm512_mask_max_ps(high[k], ok, high[k], v);
      good += static_cast<std::size_t>(_mm_popcnt_u32(ok));
    }
  }
  for (std::size_t at = i; at < n; at += 16) {
    const __mmask16 here = lanes(n - at);
    const __m512 v = _mm512_maskz_loadu_ps(here, x + at);
    const __mmask16 ok = finite(here, v);
    low[0] = _mm512_mask_min_ps(low[0], ok, low[0], v);
    high[0] = _mm512_mask_max_ps(high[0], ok, high[0], v);
    good += static_cast<std::size_t>(_mm_popcnt_u32(ok));
  }
  const __m512 least = _mm512_min_ps(_mm512_min_ps(low[0], low[1]), _mm512_min_ps(low[2], low[3]));
  const __m512 most = _mm512_max_ps(_mm512_max_ps(high[0], high[1]), _mm512_max_ps(high[2], high[3]));
  return {_mm512_reduce_min_ps(least) + 0.0f, _mm512_reduce_max_ps(most) + 0.0f, n - good};
}

void min_max_columns_f32_avx512(const float* x, std::size_t rows, std::size_t stride, std::size_t columns,
                                float* min, float* max) {
  const __m512 zero = _mm512_setzero_ps();
  for (std::size_t r = 0; r < rows; ++r, x += stride) {
    for (std::size_t j = 0; j < columns; j += 16) {
      const __mmask16 here = lanes(columns - j);
      const __m512 v = _mm512_maskz_loadu_ps(here, x + j);
      const __mmask16 ok = finite(here, v);
      const __m512 low = _mm512_maskz_loadu_ps(here, min + j), high = _mm512_maskz_loadu_ps(here, max + j);
      _mm512_mask_storeu_ps(min + j, here, _mm512_add_ps(_mm512_mask_min_ps(low, ok, low, v), zero));
      _mm512_mask_storeu_ps(max + j, here, _mm512_add_ps(_mm512_mask_max_ps(high, ok, high, v), zero));
    }
  }
}
