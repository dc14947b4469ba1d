#include <arm_neon.h>

#include "errorsums.h"

namespace {
#include "element.inc"

/// Eight doubles.
struct Lanes {
  float64x2_t part[4];
};

inline Lanes zeros() {
  const float64x2_t zero = vdupq_n_f64(0);
  return {{zero, zero, zero, zero}};
}

inline Lanes widened(float32x4_t low, float32x4_t high) {
  return {{vcvt_f64_f32(vget_low_f32(low)), vcvt_high_f64_f32(low), vcvt_f64_f32(vget_low_f32(high)),
           vcvt_high_f64_f32(high)}};
}

inline Lanes load(const double* p) {
  return {{vld1q_f64(p), vld1q_f64(p + 2), vld1q_f64(p + 4), vld1q_f64(p + 6)}};
}

inline void store(double* p, const Lanes& v) {
  for (int k = 0; k < 4; ++k) vst1q_f64(p + 2 * k, v.part[k]);
}

inline Lanes operator-(Lanes a, const Lanes& b) {
  for (int k = 0; k < 4; ++k) a.part[k] = vsubq_f64(a.part[k], b.part[k]);
  return a;
}

/// sum + a * b, rounded twice: where the product is exact that is what a fused operation gives.
inline Lanes add_product(Lanes sum, const Lanes& a, const Lanes& b) {
  for (int k = 0; k < 4; ++k) sum.part[k] = vaddq_f64(sum.part[k], vmulq_f64(a.part[k], b.part[k]));
  return sum;
}

inline Lanes larger_size(const Lanes& d, Lanes so_far) {
  for (int k = 0; k < 4; ++k) {
    const float64x2_t size = vabsq_f64(d.part[k]);  // vmaxq would keep NaN
    so_far.part[k] = vbslq_f64(vcgtq_f64(size, so_far.part[k]), size, so_far.part[k]);
  }
  return so_far;
}

/// What quantizing and dequantizing makes of x.
inline float32x4_t back(float32x4_t x, float32x4_t scale, int32x4_t zero_point, std::int32_t qmin,
                        std::int32_t qmax) {
  const float32x4_t low = vcvtq_f32_s32(vsubq_s32(vdupq_n_s32(qmin), zero_point));
  const float32x4_t high = vcvtq_f32_s32(vsubq_s32(vdupq_n_s32(qmax), zero_point));
  float32x4_t v = vdivq_f32(x, scale);
  v = vbslq_f32(vceqq_f32(v, v), v, vdupq_n_f32(0));
  return vmulq_f32(vrndnq_f32(vminq_f32(vmaxq_f32(v, low), high)), scale);
}
}  // namespace

ErrorSums error_sums_f32_neon(const float* a, const float* b, std::size_t n) {
  Lanes signal = zeros(), noise = zeros(), dot = zeros(), energy = zeros(), largest = zeros();
  std::size_t i = 0;
  for (; i + lanes <= n; i += lanes) {
    const Lanes x = widened(vld1q_f32(a + i), vld1q_f32(a + i + 4));
    const Lanes y = widened(vld1q_f32(b + i), vld1q_f32(b + i + 4)), d = x - y;
    signal = add_product(signal, x, x);
    noise = add_product(noise, d, d);
    dot = add_product(dot, x, y);
    energy = add_product(energy, y, y);
    largest = larger_size(d, largest);
  }
  LaneSums sums;
  store(sums.signal, signal);
  store(sums.noise, noise);
  store(sums.dot, dot);
  store(sums.energy, energy);
  store(sums.largest, largest);
  for (; i < n; ++i) add(sums, i % lanes, a[i], b[i]);
  return folded(sums);
}

double quantization_error_f32_neon(const float* x, std::size_t n, const FakeQuantize& rule) {
  const float32x4_t scale = vdupq_n_f32(rule.scale);
  const int32x4_t zero_point = vdupq_n_s32(rule.zero_point);
  Lanes total = zeros();
  std::size_t i = 0;
  for (; i + lanes <= n; i += lanes) {
    const float32x4_t low = vld1q_f32(x + i), high = vld1q_f32(x + i + 4);
    const Lanes d = widened(low, high) - widened(back(low, scale, zero_point, rule.qmin, rule.qmax),
                                                 back(high, scale, zero_point, rule.qmin, rule.qmax));
    total = add_product(total, d, d);
  }
  double sums[lanes];
  store(sums, total);
  for (; i < n; ++i) {
    sums[i % lanes] += squared_error(x[i], rule.scale, rule.zero_point, rule.qmin, rule.qmax);
  }
  return folded(sums);
}

void quantization_error_columns_f32_neon(const float* x, std::size_t rows, std::size_t stride,
                                         std::size_t columns, const FakeQuantizeColumns& rule, double* sums) {
  for (std::size_t r = 0; r < rows; ++r, x += stride) {
    std::size_t j = 0;
    for (; j + lanes <= columns; j += lanes) {
      const float32x4_t low = vld1q_f32(x + j), high = vld1q_f32(x + j + 4);
      const float32x4_t back_low =
          back(low, vld1q_f32(rule.scale + j), vld1q_s32(rule.zero_point + j), rule.qmin, rule.qmax);
      const float32x4_t back_high =
          back(high, vld1q_f32(rule.scale + j + 4), vld1q_s32(rule.zero_point + j + 4), rule.qmin, rule.qmax);
      const Lanes d = widened(low, high) - widened(back_low, back_high);
      store(sums + j, add_product(load(sums + j), d, d));
    }
    add_columns(x, j, columns, rule, sums);
  }
}
