#include <immintrin.h>

#include <cstring>

#include "qgemv.h"

namespace {
#include "../simd/avx2.inc"
//
#include "../simd/avx2_words.inc"
//
#include "../simd/prefetch.inc"

/// Bytes widened to 16 bits: products of pairs then fit 32 bits, while vpmaddubsw would saturate.
struct Inputs {
  I even, odd;
};
using Weights = Inputs;
inline Inputs inputs_of(std::int32_t word) {
  return {splat_word(word & 0x00ff00ff),
          splat_word(static_cast<std::int32_t>((static_cast<std::uint32_t>(word) >> 8) & 0x00ff00ffu))};
}
inline Weights weights_of(I bytes) {
  return {_mm256_srai_epi16(_mm256_slli_epi16(bytes, 8), 8), _mm256_srai_epi16(bytes, 8)};
}
inline I dot(I sums, const Inputs& x, const Weights& w) {
  return add(sums, add(_mm256_madd_epi16(x.even, w.even), _mm256_madd_epi16(x.odd, w.odd)));
}

#include "rows.inc"
}  // namespace

#define ISA avx2
#include "exports.inc"
