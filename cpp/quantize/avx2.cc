#include <immintrin.h>

#include "quantize.h"

namespace {
#include "element.inc"

/// Scale and zero point of eight neighbors, and the bounds before the zero point is added.
struct Eight {
  __m256 scale;
  __m256i zero_point;
  __m256 low, high;
};

inline Eight eight(__m256 scale, __m256i zero_point, std::int32_t qmin, std::int32_t qmax) {
  return {scale, zero_point, _mm256_cvtepi32_ps(_mm256_sub_epi32(_mm256_set1_epi32(qmin), zero_point)),
          _mm256_cvtepi32_ps(_mm256_sub_epi32(_mm256_set1_epi32(qmax), zero_point))};
}

inline __m256i load_zero_points(const std::int32_t* p) {
  return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p));
}

inline Eight at(const QuantizeRule& r, std::size_t) {
  return eight(_mm256_set1_ps(r.scale), _mm256_set1_epi32(r.zero_point), r.qmin, r.qmax);
}

inline Eight at(const QuantizeColumns& r, std::size_t i) {
  return eight(_mm256_loadu_ps(r.scale + i), load_zero_points(r.zero_point + i), r.qmin, r.qmax);
}

inline __m256i quantized(__m256 x, const Eight& e) {
  __m256 v = _mm256_div_ps(x, e.scale);
  v = _mm256_and_ps(v, _mm256_cmp_ps(v, v, _CMP_ORD_Q));
  v = _mm256_min_ps(_mm256_max_ps(v, e.low), e.high);
  v = _mm256_round_ps(v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
  return _mm256_add_epi32(_mm256_cvttps_epi32(v), e.zero_point);
}

/// The low 16 bits of each of eight integers, in order.
inline __m128i low_halves(__m256i q) {
  const __m256i kept = _mm256_and_si256(q, _mm256_set1_epi32(0xffff));
  return _mm_packus_epi32(_mm256_castsi256_si128(kept), _mm256_extracti128_si256(kept, 1));
}

inline void store(std::uint16_t* out, __m256i q) {
  _mm_storeu_si128(reinterpret_cast<__m128i*>(out), low_halves(q));
}

inline void store(std::uint8_t* out, __m256i q) {
  const __m128i bytes = _mm_and_si128(low_halves(q), _mm_set1_epi16(0xff));
  _mm_storel_epi64(reinterpret_cast<__m128i*>(out), _mm_packus_epi16(bytes, bytes));
}

inline __m256i load(const std::uint16_t* q) {
  return _mm256_cvtepu16_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(q)));
}

inline __m256i load(const std::uint8_t* q) {
  return _mm256_cvtepu8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(q)));
}

inline __m256 scale_at(const DequantizeRule& r, std::size_t) { return _mm256_set1_ps(r.scale); }
inline __m256 scale_at(const DequantizeColumns& r, std::size_t i) { return _mm256_loadu_ps(r.scale + i); }
inline __m256i zero_at(const DequantizeRule& r, std::size_t) { return _mm256_set1_epi32(r.zero_point); }
inline __m256i zero_at(const DequantizeColumns& r, std::size_t i) {
  return load_zero_points(r.zero_point + i);
}

template <class Rule, class Stored>
void quantize_all(const float* x, std::size_t n, const Rule& rule, Stored* q) {
  std::size_t i = 0;
  for (; i + 8 <= n; i += 8) store(q + i, quantized(_mm256_loadu_ps(x + i), at(rule, i)));
  quantize_from(i, x, n, rule, q);
}

template <class Rule, class Stored>
void dequantize_all(const Stored* q, std::size_t n, const Rule& rule, float* y) {
  const __m256i flip = _mm256_set1_epi32(rule.flip);
  std::size_t i = 0;
  for (; i + 8 <= n; i += 8) {
    const __m256i offset = _mm256_add_epi32(flip, zero_at(rule, i));
    const __m256i steps = _mm256_sub_epi32(_mm256_xor_si256(load(q + i), flip), offset);
    _mm256_storeu_ps(y + i, _mm256_mul_ps(_mm256_cvtepi32_ps(steps), scale_at(rule, i)));
  }
  dequantize_from(i, q, n, rule, y);
}

void pack_all(const std::uint8_t* bytes, std::size_t n, std::uint8_t* packed) {
  const __m256i low = _mm256_set1_epi16(0x0f), high = _mm256_set1_epi16(0xf0);
  std::size_t i = 0;
  for (; i + 32 <= n; i += 32) {
    const __m256i v = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(bytes + i));
    const __m256i pairs =
        _mm256_or_si256(_mm256_and_si256(v, low), _mm256_and_si256(_mm256_srli_epi16(v, 4), high));
    const __m128i out = _mm_packus_epi16(_mm256_castsi256_si128(pairs), _mm256_extracti128_si256(pairs, 1));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(packed + i / 2), out);
  }
  pack_from(i, bytes, n, packed);
}

void unpack_all(const std::uint8_t* packed, std::size_t n, std::uint8_t* bytes) {
  std::size_t i = 0;
  for (; i + 32 <= n; i += 32) {
    const __m256i v = _mm256_cvtepu8_epi16(_mm_loadu_si128(reinterpret_cast<const __m128i*>(packed + i / 2)));
    const __m256i spread = _mm256_or_si256(v, _mm256_slli_epi16(v, 4));
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(bytes + i),
                        _mm256_and_si256(spread, _mm256_set1_epi16(0x0f0f)));
  }
  unpack_from(i, packed, n, bytes);
}
}  // namespace

#define NAMED(name) name##_avx2
#include "exports.inc"
