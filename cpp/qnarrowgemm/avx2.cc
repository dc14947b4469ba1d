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

/// Bytes of both sides have a sign, which is taken from the weights to the activations.
constexpr std::int32_t byte_bias = 0;
inline I biased(I bytes) { return bytes; }

/// Pairs of products stay below 2^12 by nibbles, and below 2^15 by bytes: 2 * 128 * 127.
template <int Bits>
inline I dot(I sums, I weights, I x) {
  const I pairs = Bits == 4 ? _mm256_maddubs_epi16(weights, x)
                            : _mm256_maddubs_epi16(_mm256_abs_epi8(weights), _mm256_sign_epi8(x, weights));
  return add(sums, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
}

#include "panel.inc"
//
#include "round.inc"
}  // namespace

void qnarrow_panel_avx2(const RoundedRows& x, std::size_t rows, const NarrowPanel& panel, float* sums) {
  any_rows(std::make_integer_sequence<int, 2>(), x, rows, panel, sums);
}

void qnarrow_round_avx2(const float* x, std::size_t inputs, const NarrowPanel& panel, const RoundedRows& to) {
  round_row(x, inputs, panel, to);
}
