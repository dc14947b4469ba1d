#include <immintrin.h>

#include <limits>

#include "../gemm/gemm.h"
#include "../simd/hints.h"
#include "depthwise.h"

namespace {
#include "../simd/avx2.inc"
//
#include "../simd/avx2_words.inc"

/// Bytes widened to 16 bits: those of channels 0 and 2, of 1 and 3.
struct Bytes {
  I even, odd;
};
inline Bytes unsigned_bytes(I words) {
  return {_mm256_and_si256(words, _mm256_set1_epi16(255)), _mm256_srli_epi16(words, 8)};
}
inline Bytes signed_bytes(I words) {
  return {_mm256_srai_epi16(_mm256_slli_epi16(words, 8), 8), _mm256_srai_epi16(words, 8)};
}
inline I dot(I sums, const Bytes& pixels, const Bytes& weights, int e) {
  const I channel = splat_word(static_cast<std::int32_t>(e < 2 ? 0x0000ffffu : 0xffff0000u));
  return add(sums, e % 2 == 0 ? _mm256_madd_epi16(pixels.even, both(weights.even, channel))
                              : _mm256_madd_epi16(pixels.odd, both(weights.odd, channel)));
}

#include "product.inc"
//
#include "../simd/unrolled.inc"
//
#include "../activation/vector.inc"
//
#include "../gemm/store.inc"
//
#include "floatTiles.inc"
//
#include "paddedBand.inc"
//
#include "../qgemm/steps.inc"
//
#include "byteTiles.inc"
//
#include "byShape.inc"
}  // namespace

void depthwise_f32_avx2(const float* source, const std::size_t* taps, std::size_t count, const float* weights,
                        float bias, std::size_t pixels, float* tile) {
  float_product(source, taps, count, weights, bias, pixels, tile);
}

void depthwise_u8_avx2(const std::uint32_t* source, const std::size_t* taps, std::size_t count,
                       const std::uint32_t* weights, std::size_t pixels, std::int32_t* tile,
                       std::size_t tile_step) {
  byte_product<1>(source, taps, count, weights, pixels, tile, tile_step);
}

void depthwise_f32_planes_avx2(const Depthwise& layer, std::size_t first_plane, std::size_t last_plane) {
  static constexpr ByShape<depthwise_f32_planes> all = BY_SHAPE(plane_tiles);
  by_shape(all, layer.shape)(layer, first_plane, last_plane);
}

void depthwise_u8_rows_avx2(const QDepthwise& layer, std::size_t plane, std::size_t first_row,
                            std::size_t last_row) {
  static constexpr ByShape<depthwise_u8_rows> all = BY_SHAPE(row_tiles);
  by_shape(all, layer.shape)(layer, plane, first_row, last_row);
}
