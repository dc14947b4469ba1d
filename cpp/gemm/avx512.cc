#include <immintrin.h>

#include <limits>
#include <utility>

#include "../simd/hints.h"
#include "gemm.h"

namespace {
#include "../simd/avx512.inc"
//
#include "../activation/vector.inc"
//
#include "store.inc"

constexpr std::size_t height = gemm_f32_size_avx512.rows, width = gemm_f32_size_avx512.columns;

#include "product.inc"

/// Rows of a left panel.
using Rows = __m256;
inline Rows load_rows(const float* p) { return _mm256_loadu_ps(p); }
inline Rows rows_apart(const float* p, std::size_t step) {
  return _mm256_setr_ps(p[0], p[step], p[2 * step], p[3 * step], p[4 * step], p[5 * step], p[6 * step],
                        p[7 * step]);
}
inline void store_rows(float* p, Rows v) { _mm256_storeu_ps(p, v); }
inline Rows splat_rows(float x) { return _mm256_set1_ps(x); }
inline Rows add_rows(Rows a, Rows b) { return _mm256_add_ps(a, b); }
inline Rows min_rows(Rows a, Rows b) { return _mm256_min_ps(a, b); }
inline Rows max_rows(Rows a, Rows b) { return _mm256_max_ps(a, b); }
inline Rows narrow(F a) { return _mm512_castps512_ps256(a); }
inline Rows fma_rows(Rows a, const float* b, Rows c) { return _mm256_fmadd_ps(a, _mm256_broadcast_ss(b), c); }

/// Behind the others of the tile.
float* tail_sums(const TileOperands& t) { return sums_of(t) + height * width; }

#include "tail.inc"

/// A whole tile with C columns beside it.
template <int C>
void block_and_tail(const TileOperands& t, const Result* result) {
  F sums[height][width / lanes];
  Rows tail[C];
  begin(t, sums);
  begin_tail(t, tail);
  const float *a = left_of(t), *b = right_of(t);
  for_each_step<height, width / lanes>(t.depth, result, [&] {
    FETCH(a + left_ahead);
    step_tail(a, b + width, tail);
    step(a, b, sums);
    a += height, b += t.right_step;
  });
  end_tail(t, result, height, width, tail);
  end(t, result, width, sums);
}

void multiply(const TileOperands& t, const Result* result) {
  static constexpr Block* beside[] = {block_and_tail<1>, block_and_tail<2>, block_and_tail<3>,
                                      block_and_tail<4>};
  if (t.columns <= most_alone && t.rows > 2) return alone[t.columns - 1](0, t, result);
  if (t.columns <= width) return block_of(t.rows, (t.columns + lanes - 1) / lanes)(t, result);
  if (t.rows == height) return beside[t.columns - width - 1](t, result);
  TileOperands whole = t;
  whole.columns = width;
  block_of(t.rows, width / lanes)(whole, result);
  alone[t.columns - width - 1](width, t, result);
}
}  // namespace

#define ISA(name) name##_avx512
#include "exports.inc"
