#include <immintrin.h>

#include "channelsum.h"

namespace {
#include "element.inc"
}  // namespace

double sum_f32_avx2(const float* x, std::size_t n) {
  __m256d low = _mm256_setzero_pd(), high = low;
  std::size_t i = 0;
  for (; i + lanes <= n; i += lanes) {
    low = _mm256_add_pd(low, _mm256_cvtps_pd(_mm_loadu_ps(x + i)));
    high = _mm256_add_pd(high, _mm256_cvtps_pd(_mm_loadu_ps(x + i + 4)));
  }
  double sums[lanes];
  _mm256_storeu_pd(sums, low);
  _mm256_storeu_pd(sums + 4, high);
  for (; i < n; ++i) sums[i % lanes] += static_cast<double>(x[i]);
  return folded(sums);
}

void sum_columns_f32_avx2(const float* x, std::size_t rows, std::size_t stride, std::size_t columns,
                          double* sums) {
  for (std::size_t r = 0; r < rows; ++r, x += stride) {
    std::size_t j = 0;
    for (; j + 4 <= columns; j += 4) {
      const __m256d v = _mm256_cvtps_pd(_mm_loadu_ps(x + j));
      _mm256_storeu_pd(sums + j, _mm256_add_pd(_mm256_loadu_pd(sums + j), v));
    }
    for (; j < columns; ++j) sums[j] += static_cast<double>(x[j]);
  }
}
