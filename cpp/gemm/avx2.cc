#include <immintrin.h>

#include "gemm.h"

namespace {
#include "../simd/avx2.inc"
//
#include "../activation/vector.inc"
//
#include "store.inc"

constexpr std::size_t height = gemm_f32_size_avx2.rows, width = gemm_f32_size_avx2.columns;

/// R rows by V vectors: 4 by 3 fills 12 of the 16 registers with sums.
template <int R, int V>
void block(const float* a, const float* b, std::size_t b_step, std::size_t depth, float* tile, bool added) {
  F sums[R][V];
  for (int i = 0; i < R; ++i) {
    for (int v = 0; v < V; ++v) {
      sums[i][v] = added ? _mm256_load_ps(tile + static_cast<std::size_t>(i) * width + 8 * v) : splat(0);
    }
  }
  for (std::size_t k = 0; k < depth; ++k, a += height, b += b_step) {
    F right[V];
    for (int v = 0; v < V; ++v) right[v] = load(b + 8 * v);
    for (int i = 0; i < R; ++i) {
      const F left = splat(a[i]);
      for (int v = 0; v < V; ++v) sums[i][v] = fma(left, right[v], sums[i][v]);
    }
  }
  for (int i = 0; i < R; ++i) {
    for (int v = 0; v < V; ++v) {
      _mm256_store_ps(tile + static_cast<std::size_t>(i) * width + 8 * v, sums[i][v]);
    }
  }
}

using Block = void(const float*, const float*, std::size_t, std::size_t, float*, bool);
constexpr Block* blocks[4][3] = {{block<1, 1>, block<1, 2>, block<1, 3>},
                                 {block<2, 1>, block<2, 2>, block<2, 3>},
                                 {block<3, 1>, block<3, 2>, block<3, 3>},
                                 {block<4, 1>, block<4, 2>, block<4, 3>}};

}  // namespace

void gemm_f32_product_avx2(const void* left, const void* right, std::size_t right_step, std::size_t depth,
                           std::size_t rows, std::size_t columns, void* tile, bool add) {
  blocks[rows - 1][(columns - 1) / lanes](static_cast<const float*>(left), static_cast<const float*>(right),
                                          right_step, depth, static_cast<float*>(tile), add);
}

void gemm_f32_store_avx2(const float* tile, std::size_t width, std::size_t rows, std::size_t columns,
                         const TileEpilogue& epilogue, float* c, std::size_t stride) {
  store_any(tile, width, rows, columns, epilogue, c, stride);
}
