#include <immintrin.h>

#include <limits>

#include "../gemm/gemm.h"
#include "../simd/hints.h"
#include "depthwise.h"

namespace {
#include "../simd/avx512.inc"
//
#include "../simd/avx512_words.inc"
//
#include "../simd/avx512_lookup.inc"
//
#include "../simd/avx512_dot.inc"
//
#include "../simd/unrolled.inc"
//
#include "vnni.inc"
//
#include "product.inc"
//
#include "../activation/vector.inc"
//
#include "../gemm/store.inc"
//
#include "rows.inc"
//
#include "../qgemm/steps.inc"
//
#include "byteRows.inc"
//
#include "byShape.inc"
}  // namespace

void depthwise_f32_avx512vnni(const float* source, const std::size_t* taps, std::size_t count,
                              const float* weights, float bias, std::size_t pixels, float* tile) {
  float_product(source, taps, count, weights, bias, pixels, tile);
}

void depthwise_u8_avx512vnni(const std::uint32_t* source, const std::size_t* taps, std::size_t count,
                             const std::uint32_t* weights, std::size_t pixels, std::int32_t* tile,
                             std::size_t tile_step) {
  byte_product<4>(source, taps, count, weights, pixels, tile, tile_step);
}

void depthwise_f32_planes_avx512vnni(const Depthwise& layer, std::size_t first_plane,
                                     std::size_t last_plane) {
  static constexpr ByShape<depthwise_f32_planes> all = BY_SHAPE(planes_down);
  by_shape(all, layer.shape)(layer, first_plane, last_plane);
}

void depthwise_u8_rows_avx512vnni(const QDepthwise& layer, std::size_t plane, std::size_t first_row,
                                  std::size_t last_row) {
  static constexpr ByShape<depthwise_u8_rows> all = BY_SHAPE(plane_rows);
  by_shape(all, layer.shape)(layer, plane, first_row, last_row);
}
