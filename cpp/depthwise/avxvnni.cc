#include <immintrin.h>

#include "../simd/hints.h"
#include "depthwise.h"

namespace {
#include "../simd/avx2.inc"
//
#include "../simd/avx2_words.inc"

using Bytes = I;
inline Bytes unsigned_bytes(I words) { return words; }
inline Bytes signed_bytes(I words) { return words; }
inline I dot(I sums, Bytes pixels, Bytes weights, int) {
#if defined(__GNUC__)  // the intrinsic makes GCC copy the sums about
  __asm__("%{vex%} vpdpbusd %2, %1, %0" : "+x"(sums) : "x"(pixels), "x"(weights));
  return sums;
#else
  return _mm256_dpbusd_avx_epi32(sums, pixels, weights);
#endif
}

#include "product.inc"
}  // namespace

void depthwise_f32_avxvnni(const float* source, const std::size_t* taps, std::size_t count,
                           const float* weights, float bias, std::size_t pixels, float* tile) {
  float_product(source, taps, count, weights, bias, pixels, tile);
}

void depthwise_u8_avxvnni(const std::uint32_t* source, const std::size_t* taps, std::size_t count,
                          const std::uint32_t* weights, std::size_t pixels, std::int32_t* tile,
                          std::size_t tile_step) {
  byte_product<2>(source, taps, count, weights, pixels, tile, tile_step);
}
