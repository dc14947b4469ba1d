#include <immintrin.h>

#include <cstring>
#include <utility>

#include "qnarrowgemm.h"

namespace {
#include "../simd/avx512.inc"
//
#include "../simd/avx512_words.inc"
//
#include "../simd/prefetch.inc"

/// (words & 0x0f…) ^ 0x08… in one instruction.
inline I even(I words) {
  return _mm512_ternarylogic_epi32(words, _mm512_set1_epi8(15), _mm512_set1_epi8(8), 0x6a);
}
inline I odd(I words) { return even(_mm512_srli_epi32(words, 4)); }
constexpr std::int32_t byte_bias = 128;
inline I biased(I bytes) { return _mm512_xor_si512(bytes, _mm512_set1_epi8(-128)); }
template <int Bits>
inline I dot(I sums, I weights, I x) {
  return _mm512_dpbusd_epi32(sums, weights, x);
}

#include "panel.inc"
}  // namespace

void qnarrow_panel_avx512vnni(const RoundedRows& x, std::size_t rows, const NarrowPanel& panel, float* sums) {
  any_rows(std::make_integer_sequence<int, 4>(), x, rows, panel, sums);
}
