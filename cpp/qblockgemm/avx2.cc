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
constexpr bool has_lone_pixels = false;
template <int R>
struct LonePixel {};

#include "planes.inc"
}  // namespace

void qblockgemm4_avx2(const std::uint32_t* values, const std::uint32_t* indices, std::size_t blocks,
                      const std::uint32_t* right, const std::uint32_t* table, std::size_t wanted,
                      std::int32_t* tile) {
  panel<4, 2>(values, indices, blocks, right, table, wanted, tile, qblockgemm_size4_avx2.columns);
}

void qblockgemm8_avx2(const std::uint32_t* values, const std::uint32_t* indices, std::size_t blocks,
                      const std::uint32_t* right, const std::uint32_t* table, std::size_t wanted,
                      std::int32_t* tile) {
  panel<8, 1>(values, indices, blocks, right, table, wanted, tile, qblockgemm_size8_avx2.columns);
}

void qblockgemm_planes4_avx2(const QPlanes& job) { planes<4, 2>(job); }
void qblockgemm_planes8_avx2(const QPlanes& job) { planes<8, 1>(job); }
