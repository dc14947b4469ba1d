#include <immintrin.h>

#include "gemm.h"

namespace {
#include "../simd/avx512.inc"
//
#include "../activation/vector.inc"
//
#include "store.inc"

constexpr std::size_t height = gemm_f32_size_avx512.rows, width = gemm_f32_size_avx512.columns;

/// R rows by V vectors: 8 by 3 fills 24 of the 32 registers with sums.
template <int R, int V>
void block(const float* a, const float* b, std::size_t b_step, std::size_t depth, float* tile, bool added) {
  F sums[R][V];
  for (int i = 0; i < R; ++i) {
    for (int v = 0; v < V; ++v) {
      sums[i][v] = added ? _mm512_load_ps(tile + static_cast<std::size_t>(i) * width + 16 * v) : splat(0);
    }
  }
  for (std::size_t k = 0; k < depth; ++k, a += height, b += b_step) {
    F right[V];
    for (int v = 0; v < V; ++v) right[v] = load(b + 16 * v);
    for (int i = 0; i < R; ++i) {
      const F left = splat(a[i]);
      for (int v = 0; v < V; ++v) sums[i][v] = fma(left, right[v], sums[i][v]);
    }
  }
  for (int i = 0; i < R; ++i) {
    for (int v = 0; v < V; ++v) {
      _mm512_store_ps(tile + static_cast<std::size_t>(i) * width + 16 * v, sums[i][v]);
    }
  }
}

/// C columns beside the last full vector, C <= 4: here the rows of the left panel are the vector. Every
/// fourth step has sums of its own, or each would wait for the last.
template <int C>
void few_columns(const float* a, const float* b, std::size_t b_step, std::size_t depth, float* tile,
                 bool added) {
  __m256 sums[4][C];
  for (auto& row : sums) {
    for (__m256& sum : row) sum = _mm256_setzero_ps();
  }
  std::size_t k = 0;
  for (; k + 4 <= depth; k += 4, a += 4 * height, b += 4 * b_step) {
    for (std::size_t u = 0; u < 4; ++u) {
      const __m256 left = _mm256_loadu_ps(a + u * height);
      for (int c = 0; c < C; ++c) {
        sums[u][c] = _mm256_fmadd_ps(left, _mm256_broadcast_ss(b + u * b_step + c), sums[u][c]);
      }
    }
  }
  for (; k < depth; ++k, a += height, b += b_step) {
    for (int c = 0; c < C; ++c) {
      sums[0][c] = _mm256_fmadd_ps(_mm256_loadu_ps(a), _mm256_broadcast_ss(b + c), sums[0][c]);
    }
  }
  for (int c = 0; c < C; ++c) {
    float column[8];
    _mm256_storeu_ps(
        column, _mm256_add_ps(_mm256_add_ps(sums[0][c], sums[1][c]), _mm256_add_ps(sums[2][c], sums[3][c])));
    for (std::size_t i = 0; i < height; ++i)
      tile[i * width + c] = column[i] + (added ? tile[i * width + c] : 0);
  }
}

using Block = void(const float*, const float*, std::size_t, std::size_t, float*, bool);
constexpr Block* blocks[8][3] = {
    {block<1, 1>, block<1, 2>, block<1, 3>}, {block<2, 1>, block<2, 2>, block<2, 3>},
    {block<3, 1>, block<3, 2>, block<3, 3>}, {block<4, 1>, block<4, 2>, block<4, 3>},
    {block<5, 1>, block<5, 2>, block<5, 3>}, {block<6, 1>, block<6, 2>, block<6, 3>},
    {block<7, 1>, block<7, 2>, block<7, 3>}, {block<8, 1>, block<8, 2>, block<8, 3>}};

}  // namespace

void gemm_f32_product_avx512(const void* left, const void* right, std::size_t right_step, std::size_t depth,
                             std::size_t rows, std::size_t columns, void* tile, bool add) {
  static constexpr Block* few[4] = {few_columns<1>, few_columns<2>, few_columns<3>, few_columns<4>};
  (columns <= 4 && rows > 2 ? few[columns - 1] : blocks[rows - 1][(columns - 1) / lanes])(
      static_cast<const float*>(left), static_cast<const float*>(right), right_step, depth,
      static_cast<float*>(tile), add);
}

void gemm_f32_store_avx512(const float* tile, std::size_t width, std::size_t rows, std::size_t columns,
                           const TileEpilogue& epilogue, float* c, std::size_t stride) {
  store_any(tile, width, rows, columns, epilogue, c, stride);
}
