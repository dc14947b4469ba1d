#include <immintrin.h>

#include "qblockgemm.h"

namespace {
#include "../simd/avx2.inc"
//
#include "../simd/avx2_words.inc"

using Pixels = I;
using Weights = I;
constexpr std::size_t words = 1;
inline Pixels pixels_of(I bytes) { return bytes; }
inline Weights weight_at(const std::uint32_t* value) { return splat_word(static_cast<std::int32_t>(*value)); }
inline I dot(I sums, Pixels pixels, Weights weights) {
#if defined(__GNUC__)  // the intrinsic makes GCC copy the sums about
  __asm__("%{vex%} vpdpbusd %2, %1, %0" : "+x"(sums) : "x"(pixels), "x"(weights));
  return sums;
#else
  return _mm256_dpbusd_avx_epi32(sums, pixels, weights);
#endif
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

void qblockgemm4_avxvnni(const std::uint32_t* values, const std::uint32_t* indices, std::size_t blocks,
                         const std::uint32_t* right, const std::uint32_t* table, std::size_t wanted,
                         std::int32_t* tile) {
  panel<4, 3>(values, indices, blocks, right, table, wanted, tile, qblockgemm_size4_avxvnni.columns);
}

void qblockgemm8_avxvnni(const std::uint32_t* values, const std::uint32_t* indices, std::size_t blocks,
                         const std::uint32_t* right, const std::uint32_t* table, std::size_t wanted,
                         std::int32_t* tile) {
  panel<8, 1>(values, indices, blocks, right, table, wanted, tile, qblockgemm_size8_avxvnni.columns);
}

void qblockgemm_planes4_avxvnni(const QPlanes& job) { planes<4, 3>(job); }
void qblockgemm_planes8_avxvnni(const QPlanes& job) { planes<8, 1>(job); }
