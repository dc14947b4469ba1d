#include <immintrin.h>

#include <limits>
#include <utility>

#include "../simd/hints.h"
#include "kernels.h"

namespace {
#include "../simd/avx512.inc"

inline float largest(F v) { return _mm512_reduce_max_ps(v); }
inline float total(F v) { return _mm512_reduce_add_ps(v); }

constexpr int sums_kept = 24, widest = attention_panel_avx512;

#include "product.inc"
//
#include "weights.inc"
}  // namespace

#define ISA(name) name##_avx512
#include "exports.inc"
