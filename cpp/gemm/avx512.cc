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

/// Columns beside whole vectors, C <= 4: here the rows of the left panel are the vector. Their sums so far
/// stand behind the others of the tile, column by column.
float* tail_sums(const TileOperands& t) { return sums_of(t) + height * width; }

template <int C>
inline void begin_tail(const TileOperands& t, __m256 (&sums)[C]) {
  UNROLLED for (int c = 0; c < C; ++c) {
    sums[c] = t.add ? _mm256_loadu_ps(tail_sums(t) + c * height) : _mm256_setzero_ps();
  }
}

template <int C>
inline void step_tail(const float* a, const float* b, __m256 (&sums)[C]) {
  const __m256 left = _mm256_loadu_ps(a);
  UNROLLED for (int c = 0; c < C; ++c) {
    sums[c] = _mm256_fmadd_ps(left, _mm256_broadcast_ss(b + c), sums[c]);
  }
}

template <int C>
inline void end_tail(const TileOperands& t, const Result* result, std::size_t rows, std::size_t column,
                     const __m256 (&sums)[C]) {
  if (!result) {
    UNROLLED for (int c = 0; c < C; ++c) _mm256_storeu_ps(tail_sums(t) + c * height, sums[c]);
    return;
  }
  float columns[C][height], tile[height * C];
  UNROLLED for (int c = 0; c < C; ++c) _mm256_storeu_ps(columns[c], sums[c]);
  for (std::size_t i = 0; i < rows; ++i) {
    for (std::size_t c = 0; c < C; ++c) tile[i * C + c] = columns[c][i];
  }
  TileEpilogue e = result->epilogue;
  if (e.column_bias) e.column_bias += column;
  if (e.residual) e.residual += column;
  store_any(tile, C, rows, C, e, result->c + column, result->stride);
}

/// A whole tile with C columns beside it.
template <int C>
void block_and_tail(const TileOperands& t, const Result* result) {
  F sums[height][width / lanes];
  __m256 tail[C];
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

/// C columns alone, from `column` on. Every fourth step has sums of its own, or each would wait for the last.
template <int C>
void tail_alone(std::size_t column, const TileOperands& t, const Result* result) {
  __m256 sums[4][C];
  begin_tail(t, sums[0]);
  for (int u = 1; u < 4; ++u) {
    UNROLLED for (int c = 0; c < C; ++c) sums[u][c] = _mm256_setzero_ps();
  }
  const float *a = left_of(t), *b = right_of(t) + column;
  std::size_t k = 0;
  for (; k + 4 <= t.depth; k += 4) {
    UNROLLED for (std::size_t u = 0; u < 4; ++u)
        step_tail(a + (k + u) * height, b + (k + u) * t.right_step, sums[u]);
  }
  for (; k < t.depth; ++k) step_tail(a + k * height, b + k * t.right_step, sums[0]);
  UNROLLED for (int c = 0; c < C; ++c) {
    sums[0][c] = _mm256_add_ps(_mm256_add_ps(sums[0][c], sums[1][c]), _mm256_add_ps(sums[2][c], sums[3][c]));
  }
  end_tail(t, result, t.rows, column, sums[0]);
}

void multiply(const TileOperands& t, const Result* result) {
  using Alone = void(std::size_t, const TileOperands&, const Result*);
  static constexpr Block* beside[] = {block_and_tail<1>, block_and_tail<2>, block_and_tail<3>,
                                      block_and_tail<4>};
  static constexpr Alone* alone[] = {tail_alone<1>, tail_alone<2>, tail_alone<3>, tail_alone<4>};
  if (t.columns <= 4 && t.rows > 2) return alone[t.columns - 1](0, t, result);
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
