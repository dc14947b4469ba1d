#include <immintrin.h>

#include <cstring>
#include <utility>

#include "qnarrowgemm.h"

namespace {
#include "../simd/avx2.inc"
//
#include "../simd/avx2_words.inc"
//
#include "../simd/prefetch.inc"

inline I even(I words) {
  return _mm256_xor_si256(_mm256_and_si256(words, _mm256_set1_epi8(15)), _mm256_set1_epi8(8));
}
inline I odd(I words) { return even(_mm256_srli_epi32(words, 4)); }
constexpr std::int32_t byte_bias = 128;
inline I biased(I bytes) { return _mm256_xor_si256(bytes, _mm256_set1_epi8(-128)); }
template <int Bits>
inline I dot(I sums, I weights, I x) {
  return _mm256_dpbusd_avx_epi32(sums, weights, x);
}

#include "panel.inc"
}  // namespace

void qnarrow_panel_avxvnni(const RoundedRows& x, std::size_t rows, const NarrowPanel& panel, float* sums) {
  any_rows(std::make_integer_sequence<int, 2>(), x, rows, panel, sums);
}
