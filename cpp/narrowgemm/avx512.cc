#include <immintrin.h>

#include <utility>

#include "narrowgemm.h"

namespace {
#include "../simd/avx512.inc"
//
#include "../simd/avx512_words.inc"
//
#include "../simd/prefetch.inc"

struct Values {
  /// A table in a register, of which the lowest four bits of each lane take an entry.
  F table = _mm512_setr_ps(0, 1, 2, 3, 4, 5, 6, 7, -8, -7, -6, -5, -4, -3, -2, -1);

  template <int E>
  F nibble(I words) const {
    return _mm512_permutexvar_ps(E == 0 ? words : _mm512_srli_epi32(words, 4 * E), table);
  }
  static F bytes(const std::int8_t* from) {
    return _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(from))));
  }
};

#include "panel.inc"
}  // namespace

void narrow_gemv_panel_avx512(const float* x, std::size_t x_step, std::size_t rows, const NarrowPanel& panel,
                              const float* block_sums, float* sums) {
  any_rows(x, x_step, rows, panel, block_sums, sums);
}

void narrow_unpack_panel_avx512(const NarrowPanel& panel, std::size_t depth, float* to) {
  unpack(panel, depth, to);
}
