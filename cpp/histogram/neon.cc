#include <arm_neon.h>

#include "histogram.h"

namespace {
#include "element.inc"
}  // namespace

void histogram_bins_f32_neon(const float* x, std::size_t n, const BinRule& rule, std::uint32_t* bin) {
  const float last = static_cast<float>(rule.bins - 1);
  const float32x4_t min_f32x4 = vdupq_n_f32(rule.min), scale_f32x4 = vdupq_n_f32(rule.scale);
  const float32x4_t last_f32x4 = vdupq_n_f32(last), zero = vdupq_n_f32(0);
  const uint32x4_t skipped = vdupq_n_u32(rule.bins);
  std::size_t i = 0;
  for (; i + 4 <= n; i += 4) {
    const float32x4_t v = vld1q_f32(x + i);
    const uint32x4_t finite = vceqzq_f32(vsubq_f32(v, v));
    float32x4_t t = vmulq_f32(vsubq_f32(v, min_f32x4), scale_f32x4);
    t = vbslq_f32(vcgtq_f32(t, zero), t, zero);  // not vmaxq: it would keep NaN
    t = vminq_f32(t, last_f32x4);
    vst1q_u32(bin + i, vbslq_u32(finite, vcvtq_u32_f32(t), skipped));
  }
  for (; i < n; ++i) bin[i] = bin_of(x[i], rule, last);
}
