#include <arm_neon.h>
#include <math.h>

#include "minmax.h"

namespace {
#include "element.inc"

inline uint32x4_t finite(float32x4_t v) { return vceqzq_f32(vsubq_f32(v, v)); }
}  // namespace

MinMax min_max_f32_neon(const float* x, std::size_t n) {
  const float32x4_t top = vdupq_n_f32(HUGE_VALF), bottom = vdupq_n_f32(-HUGE_VALF);
  float32x4_t low[4] = {top, top, top, top}, high[4] = {bottom, bottom, bottom, bottom};
  uint32x4_t good = vdupq_n_u32(0);
  std::size_t i = 0;
  for (; i + 16 <= n; i += 16) {
    for (int k = 0; k < 4; ++k) {
      const float32x4_t v = vld1q_f32(x + i + 4 * k);
      const uint32x4_t ok = finite(v);
      low[k] = vminq_f32(low[k], vbslq_f32(ok, v, top));
      high[k] = vmaxq_f32(high[k], vbslq_f32(ok, v, bottom));
      good = vsubq_u32(good, ok);
    }
  }
  MinMax result;
  result.min = vminvq_f32(vminq_f32(vminq_f32(low[0], low[1]), vminq_f32(low[2], low[3])));
  result.max = vmaxvq_f32(vmaxq_f32(vmaxq_f32(high[0], high[1]), vmaxq_f32(high[2], high[3])));
  result.non_finite = i - vaddvq_u32(good);
  for (; i < n; ++i) join(x[i], result);
  return settled(result);
}

void min_max_columns_f32_neon(const float* x, std::size_t rows, std::size_t stride, std::size_t columns,
                              float* min, float* max) {
  const float32x4_t top = vdupq_n_f32(HUGE_VALF), bottom = vdupq_n_f32(-HUGE_VALF), zero = vdupq_n_f32(0);
  for (std::size_t r = 0; r < rows; ++r, x += stride) {
    std::size_t j = 0;
    for (; j + 4 <= columns; j += 4) {
      const float32x4_t v = vld1q_f32(x + j);
      const uint32x4_t ok = finite(v);
      const float32x4_t low = vminq_f32(vld1q_f32(min + j), vbslq_f32(ok, v, top));
      const float32x4_t high = vmaxq_f32(vld1q_f32(max + j), vbslq_f32(ok, v, bottom));
      vst1q_f32(min + j, vaddq_f32(low, zero));
      vst1q_f32(max + j, vaddq_f32(high, zero));
    }
    join_columns(x, j, columns, min, max);
  }
}
