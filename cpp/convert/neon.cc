#include <arm_neon.h>

#include <cstring>

#include "convert.h"

namespace {
#include "element.inc"

inline uint16x4_t narrowed(uint32x4_t u) {
  const uint32x4_t top = vshrq_n_u32(u, 16), odd = vandq_u32(top, vdupq_n_u32(1));
  const uint32x4_t rounded = vaddq_u32(vaddq_u32(u, vdupq_n_u32(0x7fff)), odd);
  const uint32x4_t quiet = vorrq_u32(top, vdupq_n_u32(0x40));
  const uint32x4_t nan = vcgtq_u32(vandq_u32(u, vdupq_n_u32(0x7fffffff)), vdupq_n_u32(0x7f800000));
  return vmovn_u32(vbslq_u32(nan, quiet, vshrq_n_u32(rounded, 16)));
}
}  // namespace

void convert_f16_f32_neon(const std::uint16_t* bits, std::size_t n, float* y) {
  std::size_t i = 0;
  for (; i + 4 <= n; i += 4) vst1q_f32(y + i, vcvt_f32_f16(vreinterpret_f16_u16(vld1_u16(bits + i))));
  f16_f32_from(i, bits, n, y);
}

void convert_f32_f16_neon(const float* x, std::size_t n, std::uint16_t* bits) {
  std::size_t i = 0;
  for (; i + 4 <= n; i += 4) vst1_u16(bits + i, vreinterpret_u16_f16(vcvt_f16_f32(vld1q_f32(x + i))));
  f32_f16_from(i, x, n, bits);
}

void convert_bf16_f32_neon(const std::uint16_t* bits, std::size_t n, float* y) {
  std::size_t i = 0;
  for (; i + 4 <= n; i += 4) {
    vst1q_f32(y + i, vreinterpretq_f32_u32(vshlq_n_u32(vmovl_u16(vld1_u16(bits + i)), 16)));
  }
  bf16_f32_from(i, bits, n, y);
}

void convert_f32_bf16_neon(const float* x, std::size_t n, std::uint16_t* bits) {
  std::size_t i = 0;
  for (; i + 4 <= n; i += 4) vst1_u16(bits + i, narrowed(vreinterpretq_u32_f32(vld1q_f32(x + i))));
  f32_bf16_from(i, x, n, bits);
}
