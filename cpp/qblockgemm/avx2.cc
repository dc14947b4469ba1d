#include <immintrin.h>

#include "qblockgemm.h"

namespace {
#include "../simd/avx2.inc"
//
#include "../simd/avx2_words.inc"

/// Bytes widened to 16 bits: products of pairs then fit 32 bits, while vpmaddubsw would saturate.
struct Pixels {
  I even, odd;
};
using Weights = Pixels;
constexpr std::size_t words = 2;
inline Pixels pixels_of(I bytes) {
  return {_mm256_and_si256(bytes, _mm256_set1_epi16(255)), _mm256_srli_epi16(bytes, 8)};
}
inline Weights weight_at(const std::uint32_t* value) {
  return {splat_word(static_cast<std::int32_t>(value[0])), splat_word(static_cast<std::int32_t>(value[1]))};
}
inline I dot(I sums, const Pixels& pixels, const Weights& weights) {
  return add(sums,
             add(_mm256_madd_epi16(pixels.even, weights.even), _mm256_madd_epi16(pixels.odd, weights.odd)));
}

#include "../simd/unrolled.inc"
//
#include "product.inc"
//
#include "../qgemm/steps.inc"
//
#include "../simd/kept.inc"
//
#include "noLonePixel.inc"
//
#include "planes.inc"

constexpr int vectors4 = 2, vectors8 = 1;
}  // namespace

#define ISA avx2
#include "exports.inc"
