#include <arm_neon.h>

#include "qblockgemm.h"

namespace {
#include "../simd/neon.inc"
//
#include "../simd/neon_words.inc"

/// The dot product of this instruction set is signed by signed: pixels enter less 128, and 128 times the
/// weights are added with them.
using Pixels = int8x16_t;
struct Weights {
  int8x16_t bytes;
  I share;
};
constexpr std::size_t words = 1;
inline Pixels pixels_of(I bytes) {
  return veorq_s8(vreinterpretq_s8_s32(bytes), vdupq_n_s8(static_cast<std::int8_t>(-128)));
}
inline Weights weight_at(const std::uint32_t* value) {
  const int8x16_t bytes = vreinterpretq_s8_s32(splat_word(static_cast<std::int32_t>(*value)));
  return {bytes, vdotq_s32(splat_word(0), bytes, vdupq_n_s8(static_cast<std::int8_t>(-128)))};
}
inline I dot(I sums, Pixels pixels, const Weights& weights) {
  return vsubq_s32(vdotq_s32(sums, pixels, weights.bytes), weights.share);
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

void qblockgemm4_neondot(const std::uint32_t* values, const std::uint32_t* indices, std::size_t blocks,
                         const std::uint32_t* right, const std::uint32_t* table, std::size_t wanted,
                         std::int32_t* tile) {
  panel<4, 4>(values, indices, blocks, right, table, wanted, tile, qblockgemm_size4_neondot.columns);
}

void qblockgemm8_neondot(const std::uint32_t* values, const std::uint32_t* indices, std::size_t blocks,
                         const std::uint32_t* right, const std::uint32_t* table, std::size_t wanted,
                         std::int32_t* tile) {
  panel<8, 2>(values, indices, blocks, right, table, wanted, tile, qblockgemm_size8_neondot.columns);
}

void qblockgemm_planes4_neondot(const QPlanes& job) { planes<4, 4>(job); }
void qblockgemm_planes8_neondot(const QPlanes& job) { planes<8, 2>(job); }
