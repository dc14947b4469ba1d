#include <immintrin.h>

#include "quantize.h"

namespace {
#include "element.inc"

inline __mmask16 lanes(std::size_t left) {
  return left < 16 ? static_cast<__mmask16>((1u << left) - 1) : static_cast<__mmask16>(0xffff);
}

/// Scale and zero point of sixteen neighbors, and the bounds before the zero point is added.
struct Sixteen {
  __m512 scale;
  __m512i zero_point;
  __m512 low, high;
};

inline Sixteen sixteen(__m512 scale, __m512i zero_point, std::int32_t qmin, std::int32_t qmax) {
  return {scale, zero_point, _mm512_cvtepi32_ps(_mm512_sub_epi32(_mm512_set1_epi32(qmin), zero_point)),
          _mm512_cvtepi32_ps(_mm512_sub_epi32(_mm512_set1_epi32(qmax), zero_point))};
}

inline Sixteen at(const QuantizeRule& r, __mmask16, std::size_t) {
  return sixteen(_mm512_set1_ps(r.scale), _mm512_set1_epi32(r.zero_point), r.qmin, r.qmax);
}

inline Sixteen at(const QuantizeColumns& r, __mmask16 here, std::size_t i) {
  return sixteen(_mm512_maskz_loadu_ps(here, r.scale + i), _mm512_maskz_loadu_epi32(here, r.zero_point + i),
                 r.qmin, r.qmax);
}

inline __m512i quantized(__m512 x, const Sixteen& s) {
  __m512 v = _mm512_div_ps(x, s.scale);
  v = _mm512_maskz_mov_ps(_mm512_cmp_ps_mask(v, v, _CMP_ORD_Q), v);
  v = _mm512_min_ps(_mm512_max_ps(v, s.low), s.high);
  const __m512i steps = _mm512_cvt_roundps_epi32(v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
  return _mm512_add_epi32(steps, s.zero_point);
}

inline void store(std::uint8_t* out, __mmask16 here, __m512i q) {
  _mm_mask_storeu_epi8(out, here, _mm512_cvtepi32_epi8(q));
}

inline void store(std::uint16_t* out, __mmask16 here, __m512i q) {
  _mm256_mask_storeu_epi16(out, here, _mm512_cvtepi32_epi16(q));
}

inline __m512i load(const std::uint8_t* q, __mmask16 here) {
  return _mm512_cvtepu8_epi32(_mm_maskz_loadu_epi8(here, q));
}

inline __m512i load(const std::uint16_t* q, __mmask16 here) {
  return _mm512_cvtepu16_epi32(_mm256_maskz_loadu_epi16(here, q));
}

inline __m512 scale_at(const DequantizeRule& r, __mmask16, std::size_t) { return _mm512_set1_ps(r.scale); }
inline __m512 scale_at(const DequantizeColumns& r, __mmask16 here, std::size_t i) {
  return _mm512_maskz_loadu_ps(here, r.scale + i);
}
inline __m512i zero_at(const DequantizeRule& r, __mmask16, std::size_t) {
  return _mm512_set1_epi32(r.zero_point);
}
inline __m512i zero_at(const DequantizeColumns& r, __mmask16 here, std::size_t i) {
  return _mm512_maskz_loadu_epi32(here, r.zero_point + i);
}

template <class Rule, class Stored>
void quantize_all(const float* x, std::size_t n, const Rule& rule, Stored* q) {
  for (std::size_t i = 0; i < n; i += 16) {
    const __mmask16 here = lanes(n - i);
    store(q + i, here, quantized(_mm512_maskz_loadu_ps(here, x + i), at(rule, here, i)));
  }
}

template <class Rule, class Stored>
void dequantize_all(const Stored* q, std::size_t n, const Rule& rule, float* y) {
  const __m512i flip = _mm512_set1_epi32(rule.flip);
  for (std::size_t i = 0; i < n; i += 16) {
    const __mmask16 here = lanes(n - i);
    const __m512i offset = _mm512_add_epi32(flip, zero_at(rule, here, i));
    const __m512i steps = _mm512_sub_epi32(_mm512_xor_si512(load(q + i, here), flip), offset);
    _mm512_mask_storeu_ps(y + i, here, _mm512_mul_ps(_mm512_cvtepi32_ps(steps), scale_at(rule, here, i)));
  }
}

void pack_all(const std::uint8_t* bytes, std::size_t n, std::uint8_t* packed) {
  const __m512i low = _mm512_set1_epi16(0x0f), high = _mm512_set1_epi16(0xf0);
  std::size_t i = 0;
  for (; i + 64 <= n; i += 64) {
    const __m512i v = _mm512_loadu_si512(bytes + i);
    const __m512i pairs =
        _mm512_or_si512(_mm512_and_si512(v, low), _mm512_and_si512(_mm512_srli_epi16(v, 4), high));
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(packed + i / 2), _mm512_cvtepi16_epi8(pairs));
  }
  pack_from(i, bytes, n, packed);
}

void unpack_all(const std::uint8_t* packed, std::size_t n, std::uint8_t* bytes) {
  std::size_t i = 0;
  for (; i + 64 <= n; i += 64) {
    const __m256i in = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(packed + i / 2));
    const __m512i v = _mm512_cvtepu8_epi16(in), spread = _mm512_or_si512(v, _mm512_slli_epi16(v, 4));
    _mm512_storeu_si512(bytes + i, _mm512_and_si512(spread, _mm512_set1_epi16(0x0f0f)));
  }
  unpack_from(i, packed, n, bytes);
}
}  // namespace

#define NAMED(name) name##_avx512
#include "exports.inc"
