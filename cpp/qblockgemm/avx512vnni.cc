#include <immintrin.h>

#include "qblockgemm.h"

namespace {
#include "../simd/avx512.inc"
//
#include "../simd/avx512_words.inc"

using Pixels = I;
using Weights = I;
constexpr std::size_t words = 1;
inline Pixels pixels_of(I bytes) { return bytes; }
inline Weights weight_at(const std::uint32_t* value) { return splat_word(static_cast<std::int32_t>(*value)); }
inline I dot(I sums, Pixels pixels, Weights weights) {
#if defined(__GNUC__)  // the intrinsic makes GCC copy the sums about
  __asm__("vpdpbusd %2, %1, %0" : "+v"(sums) : "v"(pixels), "v"(weights));
  return sums;
#else
  return _mm512_dpbusd_epi32(sums, pixels, weights);
#endif
}

#include "product.inc"
}  // namespace

void qblockgemm4_avx512vnni(const std::uint32_t* values, const std::uint32_t* indices, std::size_t blocks,
                            const std::uint32_t* right, const std::uint32_t* table, std::size_t wanted,
                            std::int32_t* tile) {
  panel<4, 4>(values, indices, blocks, right, table, wanted, tile, qblockgemm_size4_avx512vnni.columns);
}

void qblockgemm8_avx512vnni(const std::uint32_t* values, const std::uint32_t* indices, std::size_t blocks,
                            const std::uint32_t* right, const std::uint32_t* table, std::size_t wanted,
                            std::int32_t* tile) {
  panel<8, 3>(values, indices, blocks, right, table, wanted, tile, qblockgemm_size8_avx512vnni.columns);
}
