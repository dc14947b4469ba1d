#include <immintrin.h>

#include <limits>
#include <utility>

#include "../simd/hints.h"
#include "keptRows.h"
#include "kernels.h"

namespace {
#include "../simd/avx2.inc"

/// The lanes joined pairwise.
template <class Join>
inline float joined(F v, Join join) {
  __m128 x = join(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
  x = join(x, _mm_movehl_ps(x, x));
  return _mm_cvtss_f32(join(x, _mm_movehdup_ps(x)));
}

inline float largest(F v) {
  return joined(v, [](__m128 a, __m128 b) { return _mm_max_ps(a, b); });
}
inline float total(F v) {
  return joined(v, [](__m128 a, __m128 b) { return _mm_add_ps(a, b); });
}

constexpr int sums_kept = 12, widest = attention_panel_avx2;

#include "product.inc"
//
#include "weights.inc"
//
#include "keptRows.inc"
}  // namespace

#define ISA(name) name##_avx2
#include "exports.inc"
//
#include "keptExports.inc"
