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
};

#include "planes.inc"

constexpr int vectors4 = 6, vectors8 = 3;
}  // namespace

#define ISA avx512vnni
#include "exports.inc"
