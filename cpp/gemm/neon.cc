#include <arm_neon.h>

#include "gemm.h"

namespace {
#include "../simd/neon.inc"
//
#include "../activation/vector.inc"
//
#include "store.inc"

constexpr std::size_t height = gemm_f32_size_neon.rows, width = gemm_f32_size_neon.columns;

/// R rows by V vectors: 8 by 3 fills 24 of the 32 registers with sums.
template <int R, int V>
void block(const float* a, const float* b, std::size_t b_step, std::size_t depth, float* tile, bool added) {
  F sums[R][V];
  for (int i = 0; i < R; ++i) {
    for (int v = 0; v < V; ++v) {
      sums[i][v] = added ? load(tile + static_cast<std::size_t>(i) * width + 4 * v) : splat(0);
    }
  }
  for (std::size_t k = 0; k < depth; ++k, a += height, b += b_step) {
    F right[V];
    for (int v = 0; v < V; ++v) right[v] = load(b + 4 * v);
    for (int i = 0; i < R; ++i) {
      for (int v = 0; v < V; ++v) sums[i][v] = vfmaq_n_f32(sums[i][v], right[v], a[i]);
    }
  }
  for (int i = 0; i < R; ++i) {
    for (int v = 0; v < V; ++v) store(tile + static_cast<std::size_t>(i) * width + 4 * v, sums[i][v]);
  }
}

using Block = void(const float*, const float*, std::size_t, std::size_t, float*, bool);
constexpr Block* blocks[8][3] = {
    {block<1, 1>, block<1, 2>, block<1, 3>}, {block<2, 1>, block<2, 2>, block<2, 3>},
    {block<3, 1>, block<3, 2>, block<3, 3>}, {block<4, 1>, block<4, 2>, block<4, 3>},
    {block<5, 1>, block<5, 2>, block<5, 3>}, {block<6, 1>, block<6, 2>, block<6, 3>},
    {block<7, 1>, block<7, 2>, block<7, 3>}, {block<8, 1>, block<8, 2>, block<8, 3>}};

}  // namespace

void gemm_f32_product_neon(const void* left, const void* right, std::size_t right_step, std::size_t depth,
                           std::size_t rows, std::size_t columns, void* tile, bool add) {
  blocks[rows - 1][(columns - 1) / lanes](static_cast<const float*>(left), static_cast<const float*>(right),
                                          right_step, depth, static_cast<float*>(tile), add);
}

void gemm_f32_store_neon(const float* tile, std::size_t width, std::size_t rows, std::size_t columns,
                         const TileEpilogue& epilogue, float* c, std::size_t stride) {
  store_any(tile, width, rows, columns, epilogue, c, stride);
}
