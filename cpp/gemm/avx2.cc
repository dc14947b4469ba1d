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
inline void store_rows(float* p, Rows v) { _mm_storeu_ps(p, v); }
inline Rows no_rows() { return _mm_setzero_ps(); }
inline Rows add_rows(Rows a, Rows b) { return _mm_add_ps(a, b); }
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
