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
//
#include "bytes_avx2.inc"

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
