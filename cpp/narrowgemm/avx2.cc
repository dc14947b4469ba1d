#include <immintrin.h>

#include <utility>

#include "narrowgemm.h"

namespace {
#include "../simd/avx2.inc"
//
#include "../simd/avx2_words.inc"
//
#include "../simd/prefetch.inc"

struct Values {
  template <int E>
  F nibble(I words) const {
    return _mm256_cvtepi32_ps(_mm256_srai_epi32(E == 7 ? words : _mm256_slli_epi32(words, 28 - 4 * E), 28));
  }
  static F bytes(const std::int8_t* from) {
    return _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(from))));
  }
};

#include "panel.inc"
}  // namespace

void narrow_gemv_panel_avx2(const float* x, std::size_t x_step, std::size_t rows, const NarrowPanel& panel,
                            const float* block_sums, float* sums) {
  any_rows(x, x_step, rows, panel, block_sums, sums);
}

void narrow_unpack_panel_avx2(const NarrowPanel& panel, std::size_t depth, float* to) {
  unpack(panel, depth, to);
}
