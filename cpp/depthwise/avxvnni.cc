#include <immintrin.h>

#include "../simd/hints.h"
#include "depthwise.h"

namespace {
#include "../simd/avx2.inc"
//
#include "../simd/avx2_words.inc"
//
#include "../simd/avx2_dot.inc"
//
#include "vnni.inc"
//
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
