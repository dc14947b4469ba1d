#include <immintrin.h>

#include <cstring>

#include "qgemv.h"

namespace {
#include "../simd/avx2.inc"
//
#include "../simd/avx2_words.inc"
//
#include "../simd/prefetch.inc"

using Inputs = I;
using Weights = I;
inline Inputs inputs_of(std::int32_t word) { return splat_word(word); }
inline Weights weights_of(I bytes) { return bytes; }
inline I dot(I sums, Inputs x, Weights w) { return _mm256_dpbusd_avx_epi32(sums, x, w); }

#include "rows.inc"
}  // namespace

#define ISA avxvnni
#include "exports.inc"
