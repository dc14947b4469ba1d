#include <immintrin.h>

#include "product.h"

namespace {

/// 4 rows by 8 columns: 8 of the 16 registers hold sums.
inline void half(const double* a, const double* b, std::size_t depth, double* c, std::size_t stride) {
  __m256d sums[4][2];
  for (std::size_t i = 0; i < 4; ++i) {
    sums[i][0] = _mm256_loadu_pd(c + i * stride);
    sums[i][1] = _mm256_loadu_pd(c + i * stride + 4);
  }
  for (std::size_t k = 0; k < depth; ++k, a += panel_width, b += panel_width) {
    const __m256d low = _mm256_loadu_pd(b), high = _mm256_loadu_pd(b + 4);
    for (std::size_t i = 0; i < 4; ++i) {
      const __m256d left = _mm256_broadcast_sd(a + i);
      sums[i][0] = _mm256_fmadd_pd(left, low, sums[i][0]);
      sums[i][1] = _mm256_fmadd_pd(left, high, sums[i][1]);
    }
  }
  for (std::size_t i = 0; i < 4; ++i) {
    _mm256_storeu_pd(c + i * stride, sums[i][0]);
    _mm256_storeu_pd(c + i * stride + 4, sums[i][1]);
  }
}

}  // namespace

void panel_product_f64_avx2(const double* a, const double* b, std::size_t depth, std::size_t panels,
                            double* c, std::size_t stride) {
  for (std::size_t p = 0; p < panels; ++p, b += depth * panel_width, c += panel_width) {
    half(a, b, depth, c, stride);
    half(a + 4, b, depth, c + 4 * stride, stride);
  }
}
