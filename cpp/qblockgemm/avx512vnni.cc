#include <immintrin.h>

#include "qblockgemm.h"

namespace {
#include "../simd/avx512.inc"
//
#include "../simd/avx512_words.inc"
//
#include "../simd/avx512_lookup.inc"
//
#include "../simd/avx512_dot.inc"
//
#include "vnni.inc"
//
#include "../simd/unrolled.inc"
//
#include "accumulate.inc"
//
#include "product.inc"
//
#include "../qgemm/steps.inc"
//
#include "../simd/avx512_kept.inc"

/// R rows by one pixel: here the rows are the vector.
constexpr bool has_lone_pixels = true, has_half_tiles = true;
template <int R>
struct LonePixel {
  const std::uint32_t* pixel;
  __m256i sums;

  LonePixel(const std::uint32_t* from, const std::int32_t* bias)
      : pixel(from), sums(_mm256_maskz_loadu_epi32((1 << R) - 1, bias)) {}

  inline void add(const std::uint32_t* values, std::size_t at) {
    const __m256i x = _mm256_set1_epi32(static_cast<std::int32_t>(pixel[at]));
    sums = _mm256_dpbusd_epi32(sums, x, _mm256_loadu_si256(reinterpret_cast<const __m256i*>(values)));
  }
  I sum() const { return _mm512_zextsi256_si512(sums); }

  /// The bytes of `inside` rows in their planes, which are `step` apart, a word each: through registers,
  /// since a load of what two stores have written would wait for both.
  static I load(const std::uint8_t* from, std::size_t step, int inside) {
    __m128i bytes = _mm_maskz_loadu_epi8(first(4), from);
    if (inside > 4) bytes = _mm_unpacklo_epi32(bytes, _mm_maskz_loadu_epi8(first(4), from + step));
    return _mm512_cvtepu8_epi32(bytes);
  }
  static void store(std::uint8_t* to, std::size_t step, I words, int inside) {
    const __m128i bytes = _mm512_maskz_cvtepi32_epi8(first(static_cast<std::size_t>(inside)), words);
    _mm_mask_storeu_epi8(to, first(4), bytes);
    if (inside > 4) _mm_mask_storeu_epi8(to + step, first(4), _mm_srli_epi64(bytes, 32));
  }
};

#include "planes.inc"

constexpr int vectors4 = 6, vectors8 = 3;
}  // namespace

#define ISA avx512vnni
#include "exports.inc"
