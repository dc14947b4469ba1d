#include <immintrin.h>
#include <math.h>

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

/// Quotients by one scale in a third of a division's time. The reciprocal and what it lacks give one within
/// little more than half a unit in the last place, its remainder is exact, and so the next is what division
/// gives (Markstein, IBM J. Res. Dev. 34, 1990: the reciprocal must be rounded correctly).
struct Divisor {
  __m512 scale, reciprocal, lacking, most;

  /// What lies beyond the bounds is drawn to one step beyond them or further: the remainder of an infinity
  /// would be no number.
  explicit Divisor(const QuantizeRule& r)
      : scale(_mm512_set1_ps(r.scale)), most(_mm512_set1_ps(static_cast<float>(farthest(r) + 1) * r.scale)) {
    const float inverse = 1 / r.scale;
    reciprocal = _mm512_set1_ps(inverse);
    lacking = _mm512_set1_ps(fmaf(-r.scale, inverse, 1) / r.scale);
  }

  /// Steps from the zero point to the farther bound.
  static std::int32_t farthest(const QuantizeRule& r) {
    const std::int32_t below = r.zero_point - r.qmin, above = r.qmax - r.zero_point;
    return below > above ? below : above;
  }

  /// Whether nothing overflows, nothing underflows that would not be rounded to 0, and all integers fit
  /// halves.
  static bool serves(const QuantizeRule& r) {
    const auto is_byte = [](std::int32_t v) { return v >= -255 && v <= 255; };
    return r.scale >= 0x1p-60f && r.scale <= 0x1p60f && is_byte(r.zero_point) && is_byte(r.qmin) &&
           is_byte(r.qmax);
  }

  /// Rounded to integers, NaN to 0.
  __m512i integers(__m512 x) const {
    constexpr int nearer_to_zero = 2;
    const __m512 near = _mm512_range_ps(x, most, nearer_to_zero);
    const __m512 first = _mm512_fmadd_ps(near, reciprocal, _mm512_mul_ps(near, lacking));
    const __m512 second = _mm512_fmadd_ps(_mm512_fnmadd_ps(first, scale, near), reciprocal, first);
    return _mm512_maskz_cvt_roundps_epi32(_mm512_cmp_ps_mask(x, x, _CMP_ORD_Q), second,
                                          _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
  }
};

/// Runs of bytes, 64 at a time.
void quantize_all(const float* x, std::size_t n, const QuantizeRule& rule, std::uint8_t* q) {
  std::size_t i = 0;
  if (Divisor::serves(rule)) {
    const Divisor divisor(rule);
    const auto halves = [](std::int32_t v) { return _mm512_set1_epi16(static_cast<short>(v)); };
    const __m512i zero = halves(rule.zero_point), low = halves(rule.qmin), high = halves(rule.qmax);
    const __m512i byte = halves(255);
    const __m512i order = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
    const auto pair = [&](const float* from) {
      const __m512i steps = _mm512_packs_epi32(divisor.integers(_mm512_loadu_ps(from)),
                                               divisor.integers(_mm512_loadu_ps(from + 16)));
      const __m512i moved = _mm512_adds_epi16(steps, zero);
      return _mm512_and_si512(_mm512_min_epi16(high, _mm512_max_epi16(low, moved)), byte);
    };
    for (; i + 64 <= n; i += 64) {
      const __m512i bytes = _mm512_packus_epi16(pair(x + i), pair(x + i + 32));
      _mm512_storeu_si512(q + i, _mm512_permutexvar_epi32(order, bytes));
    }
  }
  quantize_all<QuantizeRule>(x + i, n - i, rule, q + i);
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
