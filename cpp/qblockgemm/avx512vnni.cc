#include <immintrin.h>

#include "qblockgemm.h"

namespace {
#include "../simd/avx512.inc"
//
#include "../simd/avx512_words.inc"
//
#include "../simd/avx512_lookup.inc"

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

#include "../simd/unrolled.inc"
//
#include "product.inc"
//
#include "../qgemm/steps.inc"
//
#include "../simd/avx512_kept.inc"
//
/// R rows by one pixel: here the rows are the vector.
constexpr bool has_lone_pixels = true;
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
  void store(std::int32_t* to) const { _mm256_mask_storeu_epi32(to, (1 << R) - 1, sums); }
};

#include "planes.inc"
}  // namespace

void qblockgemm4_avx512vnni(const std::uint32_t* values, const std::uint32_t* indices, std::size_t blocks,
                            const std::uint32_t* right, const std::uint32_t* table, std::size_t wanted,
                            std::int32_t* tile) {
  panel<4, 6>(values, indices, blocks, right, table, wanted, tile, qblockgemm_size4_avx512vnni.columns);
}

void qblockgemm8_avx512vnni(const std::uint32_t* values, const std::uint32_t* indices, std::size_t blocks,
                            const std::uint32_t* right, const std::uint32_t* table, std::size_t wanted,
                            std::int32_t* tile) {
  panel<8, 3>(values, indices, blocks, right, table, wanted, tile, qblockgemm_size8_avx512vnni.columns);
}

void qblockgemm_planes4_avx512vnni(const QPlanes& job) { planes<4, 6>(job); }
void qblockgemm_planes8_avx512vnni(const QPlanes& job) { planes<8, 3>(job); }
