#include <immintrin.h>

#include "product.h"

namespace {

/// 8 rows by 8 * P columns: P = 3 fills 24 of the 32 registers with sums.
template <int P>
inline void strip(const double* a, const double* b, std::size_t depth, double* c, std::size_t stride) {
  __m512d sums[8][P];
  for (int i = 0; i < 8; ++i) {
    for (int p = 0; p < P; ++p)
      sums[i][p] = _mm512_loadu_pd(c + static_cast<std::size_t>(i) * stride + 8 * p);
  }
  const std::size_t apart = depth * panel_width;
  for (std::size_t k = 0; k < depth; ++k, a += 8, b += 8) {
    __m512d right[P];
    for (int p = 0; p < P; ++p) right[p] = _mm512_loadu_pd(b + static_cast<std::size_t>(p) * apart);
    for (int i = 0; i < 8; ++i) {
      const __m512d left = _mm512_set1_pd(a[i]);
      for (int p = 0; p < P; ++p) sums[i][p] = _mm512_fmadd_pd(left, right[p], sums[i][p]);
    }
  }
  for (int i = 0; i < 8; ++i) {
    for (int p = 0; p < P; ++p)
      _mm512_storeu_pd(c + static_cast<std::size_t>(i) * stride + 8 * p, sums[i][p]);
  }
}

}  // namespace

void panel_product_f64_avx512(const double* a, const double* b, std::size_t depth, std::size_t panels,
                              double* c, std::size_t stride) {
  const std::size_t apart = depth * panel_width;
  for (; panels >= 3; panels -= 3, b += 3 * apart, c += 24) strip<3>(a, b, depth, c, stride);
  for (; panels > 0; --panels, b += apart, c += 8) strip<1>(a, b, depth, c, stride);
}
