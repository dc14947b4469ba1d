#include <arm_neon.h>

#include "quantize.h"

namespace {
#include "element.inc"

inline float32x4_t scale_at(const QuantizeRule& r, std::size_t) { return vdupq_n_f32(r.scale); }
inline float32x4_t scale_at(const QuantizeColumns& r, std::size_t i) { return vld1q_f32(r.scale + i); }
inline float32x4_t scale_at(const DequantizeRule& r, std::size_t) { return vdupq_n_f32(r.scale); }
inline float32x4_t scale_at(const DequantizeColumns& r, std::size_t i) { return vld1q_f32(r.scale + i); }
inline int32x4_t zero_at(const QuantizeRule& r, std::size_t) { return vdupq_n_s32(r.zero_point); }
inline int32x4_t zero_at(const QuantizeColumns& r, std::size_t i) { return vld1q_s32(r.zero_point + i); }
inline int32x4_t zero_at(const DequantizeRule& r, std::size_t) { return vdupq_n_s32(r.zero_point); }
inline int32x4_t zero_at(const DequantizeColumns& r, std::size_t i) { return vld1q_s32(r.zero_point + i); }

template <class Rule>
inline uint16x4_t quantized(const float* x, const Rule& rule, std::size_t i) {
  const int32x4_t zero_point = zero_at(rule, i);
  const float32x4_t low = vcvtq_f32_s32(vsubq_s32(vdupq_n_s32(rule.qmin), zero_point));
  const float32x4_t high = vcvtq_f32_s32(vsubq_s32(vdupq_n_s32(rule.qmax), zero_point));
  float32x4_t v = vdivq_f32(vld1q_f32(x + i), scale_at(rule, i));
  v = vbslq_f32(vceqq_f32(v, v), v, vdupq_n_f32(0));
  v = vminq_f32(vmaxq_f32(v, low), high);
  return vmovn_u32(vreinterpretq_u32_s32(vaddq_s32(vcvtnq_s32_f32(v), zero_point)));
}

inline void store(std::uint16_t* out, uint16x8_t q) { vst1q_u16(out, q); }
inline void store(std::uint8_t* out, uint16x8_t q) { vst1_u8(out, vmovn_u16(q)); }
inline uint16x8_t load(const std::uint16_t* q) { return vld1q_u16(q); }
inline uint16x8_t load(const std::uint8_t* q) { return vmovl_u8(vld1_u8(q)); }

template <class Rule>
inline void dequantized(uint16x4_t q, const Rule& rule, std::size_t i, float* y) {
  const int32x4_t flip = vdupq_n_s32(rule.flip), offset = vaddq_s32(flip, zero_at(rule, i));
  const int32x4_t steps = vsubq_s32(veorq_s32(vreinterpretq_s32_u32(vmovl_u16(q)), flip), offset);
  vst1q_f32(y + i, vmulq_f32(vcvtq_f32_s32(steps), scale_at(rule, i)));
}

template <class Rule, class Stored>
void quantize_all(const float* x, std::size_t n, const Rule& rule, Stored* q) {
  std::size_t i = 0;
  for (; i + 8 <= n; i += 8) store(q + i, vcombine_u16(quantized(x, rule, i), quantized(x, rule, i + 4)));
  quantize_from(i, x, n, rule, q);
}

template <class Rule, class Stored>
void dequantize_all(const Stored* q, std::size_t n, const Rule& rule, float* y) {
  std::size_t i = 0;
  for (; i + 8 <= n; i += 8) {
    const uint16x8_t v = load(q + i);
    dequantized(vget_low_u16(v), rule, i, y);
    dequantized(vget_high_u16(v), rule, i + 4, y);
  }
  dequantize_from(i, q, n, rule, y);
}

void pack_all(const std::uint8_t* bytes, std::size_t n, std::uint8_t* packed) {
  std::size_t i = 0;
  for (; i + 32 <= n; i += 32) {
    const uint8x16x2_t v = vld2q_u8(bytes + i);
    vst1q_u8(packed + i / 2, vorrq_u8(vandq_u8(v.val[0], vdupq_n_u8(15)), vshlq_n_u8(v.val[1], 4)));
  }
  pack_from(i, bytes, n, packed);
}

void unpack_all(const std::uint8_t* packed, std::size_t n, std::uint8_t* bytes) {
  std::size_t i = 0;
  for (; i + 32 <= n; i += 32) {
    const uint8x16_t v = vld1q_u8(packed + i / 2);
    const uint8x16x2_t spread = {{vandq_u8(v, vdupq_n_u8(15)), vshrq_n_u8(v, 4)}};
    vst2q_u8(bytes + i, spread);
  }
  unpack_from(i, packed, n, bytes);
}
}  // namespace

#define NAMED(name) name##_neon
#include "exports.inc"
