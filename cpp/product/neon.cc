#include <arm_neon.h>

#include "product.h"

namespace {

/// 4 rows by 8 columns: 16 of the 32 registers hold sums.
inline void half(const double* a, const double* b, std::size_t depth, double* c, std::size_t stride) {
  float64x2_t sums[4][4];
  for (std::size_t i = 0; i < 4; ++i) {
    for (std::size_t p = 0; p < 4; ++p) sums[i][p] = vld1q_f64(c + i * stride + 2 * p);
  }
  for (std::size_t k = 0; k < depth; ++k, a += panel_width, b += panel_width) {
    float64x2_t right[4];
    for (std::size_t p = 0; p < 4; ++p) right[p] = vld1q_f64(b + 2 * p);
    for (std::size_t i = 0; i < 4; ++i) {
      for (std::size_t p = 0; p < 4; ++p) sums[i][p] = vfmaq_n_f64(sums[i][p], right[p], a[i]);
    }
  }
  for (std::size_t i = 0; i < 4; ++i) {
    for (std::size_t p = 0; p < 4; ++p) vst1q_f64(c + i * stride + 2 * p, sums[i][p]);
  }
}

}  // namespace

void panel_product_f64_neon(const double* a, const double* b, std::size_t depth, std::size_t panels,
                            double* c, std::size_t stride) {
  for (std::size_t p = 0; p < panels; ++p, b += depth * panel_width, c += panel_width) {
    half(a, b, depth, c, stride);
    half(a + 4, b, depth, c + 4 * stride, stride);
  }
}
