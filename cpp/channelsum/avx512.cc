#include <immintrin.h>

#include "channelsum.h"

namespace {
#include "element.inc"

inline __mmask8 first(std::size_t left) {
  return left < 8 ? static_cast<__mmask8>((1u << left) - 1) : static_cast<__mmask8>(0xff);
}
}  // namespace

double sum_f32_avx512(const float* x, std::size_t n) {
  __m512d total = _mm512_setzero_pd();
  for (std::size_t i = 0; i < n; i += lanes) {
    total = _mm512_add_pd(total, _mm512_cvtps_pd(_mm256_maskz_loadu_ps(first(n - i), x + i)));
  }
  double sums[lanes];
  _mm512_storeu_pd(sums, total);
  return folded(sums);
}

void sum_columns_f32_avx512(const float* x, std::size_t rows, std::size_t stride, std::size_t columns,
                            double* sums) {
  for (std::size_t r = 0; r < rows; ++r, x += stride) {
    for (std::size_t j = 0; j < columns; j += lanes) {
      const __mmask8 here = first(columns - j);
      const __m512d v = _mm512_cvtps_pd(_mm256_maskz_loadu_ps(here, x + j));
      _mm512_mask_storeu_pd(sums + j, here, _mm512_add_pd(_mm512_maskz_loadu_pd(here, sums + j), v));
    }
  }
}
