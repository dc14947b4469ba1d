#include <immintrin.h>

#include <limits>
#include <utility>

#include "../simd/hints.h"
#include "gemm.h"

namespace {
#include "../simd/avx2.inc"
//
#include "../activation/vector.inc"
//
#include "store.inc"

constexpr std::size_t height = gemm_f32_size_avx2.rows, width = gemm_f32_size_avx2.columns;

#include "product.inc"

/// Rows of a left panel.
using Rows = __m128;
inline Rows load_rows(const float* p) { return _mm_loadu_ps(p); }
inline Rows rows_apart(const float* p, std::size_t step) {
  return _mm_setr_ps(p[0], p[step], p[2 * step], p[3 * step]);
}
inline void store_rows(float* p, Rows v) { _mm_storeu_ps(p, v); }
inline Rows splat_rows(float x) { return _mm_set1_ps(x); }
inline Rows add_rows(Rows a, Rows b) { return _mm_add_ps(a, b); }
inline Rows min_rows(Rows a, Rows b) { return _mm_min_ps(a, b); }
inline Rows max_rows(Rows a, Rows b) { return _mm_max_ps(a, b); }
inline Rows narrow(F a) { return _mm256_castps256_ps128(a); }
inline Rows fma_rows(Rows a, const float* b, Rows c) { return _mm_fmadd_ps(a, _mm_broadcast_ss(b), c); }

/// Of columns that are a tile of their own.
inline float* tail_sums(const TileOperands& t) { return sums_of(t); }

#include "tail.inc"

void multiply(const TileOperands& t, const Result* result) {
  if (t.columns <= most_alone && t.rows > 2) return alone[t.columns - 1](0, t, result);
  block_of(t.rows, (t.columns + lanes - 1) / lanes)(t, result);
}
}  // namespace

#define ISA(name) name##_avx2
#include "exports.inc"
