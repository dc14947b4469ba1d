#include <immintrin.h>

#include "errorsums.h"

namespace {
#include "element.inc"

/// Eight doubles.
struct Lanes {
  __m256d low, high;
};

inline Lanes zeros() { return {_mm256_setzero_pd(), _mm256_setzero_pd()}; }

inline Lanes widened(__m256 v) {
  return {_mm256_cvtps_pd(_mm256_castps256_ps128(v)), _mm256_cvtps_pd(_mm256_extractf128_ps(v, 1))};
}

inline Lanes load(const double* p) { return {_mm256_loadu_pd(p), _mm256_loadu_pd(p + 4)}; }

inline void store(double* p, const Lanes& v) {
  _mm256_storeu_pd(p, v.low);
  _mm256_storeu_pd(p + 4, v.high);
}

inline Lanes operator-(const Lanes& a, const Lanes& b) {
  return {_mm256_sub_pd(a.low, b.low), _mm256_sub_pd(a.high, b.high)};
}

/// sum + a * b, rounded twice: where the product is exact that is what a fused operation gives.
inline Lanes add_product(const Lanes& sum, const Lanes& a, const Lanes& b) {
  return {_mm256_add_pd(sum.low, _mm256_mul_pd(a.low, b.low)),
          _mm256_add_pd(sum.high, _mm256_mul_pd(a.high, b.high))};
}

inline Lanes larger_size(const Lanes& d, const Lanes& so_far) {
  const __m256d sign = _mm256_set1_pd(-0.0);
  return {_mm256_max_pd(_mm256_andnot_pd(sign, d.low), so_far.low),
          _mm256_max_pd(_mm256_andnot_pd(sign, d.high), so_far.high)};
}

/// x minus what quantizing and dequantizing makes of it.
inline Lanes error(__m256 x, __m256 scale, __m256i zero_point, std::int32_t qmin, std::int32_t qmax) {
  const __m256 low = _mm256_cvtepi32_ps(_mm256_sub_epi32(_mm256_set1_epi32(qmin), zero_point));
  const __m256 high = _mm256_cvtepi32_ps(_mm256_sub_epi32(_mm256_set1_epi32(qmax), zero_point));
  __m256 v = _mm256_div_ps(x, scale);
  v = _mm256_and_ps(v, _mm256_cmp_ps(v, v, _CMP_ORD_Q));
  v = _mm256_min_ps(_mm256_max_ps(v, low), high);
  v = _mm256_round_ps(v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
  return widened(x) - widened(_mm256_mul_ps(v, scale));
}
}  // namespace

ErrorSums error_sums_f32_avx2(const float* a, const float* b, std::size_t n) {
  Lanes signal = zeros(), noise = zeros(), dot = zeros(), energy = zeros(), largest = zeros();
  std::size_t i = 0;
  for (; i + lanes <= n; i += lanes) {
    const Lanes x = widened(_mm256_loadu_ps(a + i)), y = widened(_mm256_loadu_ps(b + i)), d = x - y;
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

double quantization_error_f32_avx2(const float* x, std::size_t n, const FakeQuantize& rule) {
  const __m256 scale = _mm256_set1_ps(rule.scale);
  const __m256i zero_point = _mm256_set1_epi32(rule.zero_point);
  Lanes total = zeros();
  std::size_t i = 0;
  for (; i + lanes <= n; i += lanes) {
    const Lanes d = error(_mm256_loadu_ps(x + i), scale, zero_point, rule.qmin, rule.qmax);
    total = add_product(total, d, d);
  }
  double sums[lanes];
  store(sums, total);
  for (; i < n; ++i) {
    sums[i % lanes] += squared_error(x[i], rule.scale, rule.zero_point, rule.qmin, rule.qmax);
  }
  return folded(sums);
}

void quantization_error_columns_f32_avx2(const float* x, std::size_t rows, std::size_t stride,
                                         std::size_t columns, const FakeQuantizeColumns& rule, double* sums) {
  for (std::size_t r = 0; r < rows; ++r, x += stride) {
    std::size_t j = 0;
    for (; j + lanes <= columns; j += lanes) {
      const __m256i zero_point = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(rule.zero_point + j));
      const Lanes d =
          error(_mm256_loadu_ps(x + j), _mm256_loadu_ps(rule.scale + j), zero_point, rule.qmin, rule.qmax);
      store(sums + j, add_product(load(sums + j), d, d));
    }
    add_columns(x, j, columns, rule, sums);
  }
}
