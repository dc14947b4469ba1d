#include <arm_neon.h>

#include "channelsum.h"

namespace {
#include "element.inc"
}  // namespace

double sum_f32_neon(const float* x, std::size_t n) {
  float64x2_t part[4] = {vdupq_n_f64(0), vdupq_n_f64(0), vdupq_n_f64(0), vdupq_n_f64(0)};
  std::size_t i = 0;
  for (; i + lanes <= n; i += lanes) {
    for (int k = 0; k < 4; ++k) part[k] = vaddq_f64(part[k], vcvt_f64_f32(vld1_f32(x + i + 2 * k)));
  }
  double sums[lanes];
  for (int k = 0; k < 4; ++k) vst1q_f64(sums + 2 * k, part[k]);
  for (; i < n; ++i) sums[i % lanes] += static_cast<double>(x[i]);
  return folded(sums);
}

void sum_columns_f32_neon(const float* x, std::size_t rows, std::size_t stride, std::size_t columns,
                          double* sums) {
  for (std::size_t r = 0; r < rows; ++r, x += stride) {
    std::size_t j = 0;
    for (; j + 2 <= columns; j += 2) {
      vst1q_f64(sums + j, vaddq_f64(vld1q_f64(sums + j), vcvt_f64_f32(vld1_f32(x + j))));
    }
    for (; j < columns; ++j) sums[j] += static_cast<double>(x[j]);
  }
}
