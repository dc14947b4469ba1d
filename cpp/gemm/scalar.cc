#include <cmath>

#include "gemm.h"

namespace {
#include "../activation/element.inc"
//
#include "beside.inc"

constexpr std::size_t tile_rows = gemm_f32_size_scalar.rows, tile_columns = gemm_f32_size_scalar.columns;
}  // namespace

void gemm_f32_product_scalar(const TileOperands& t) {
  const float *a = static_cast<const float*>(t.left), *b = static_cast<const float*>(t.right);
  float* c = static_cast<float*>(t.tile);
  for (std::size_t i = 0; i < t.rows; ++i) {
    for (std::size_t j = 0; j < t.columns; ++j) {
      float sum = t.add ? c[i * tile_columns + j] : 0;
      for (std::size_t k = 0; k < t.depth; ++k) sum += a[k * tile_rows + i] * b[k * t.right_step + j];
      c[i * tile_columns + j] = sum;
    }
  }
}

void gemm_f32_finish_scalar(const TileOperands& t, const TileEpilogue& epilogue, float* c,
                            std::size_t stride) {
  TileOperands next = t;
  TileEpilogue e = epilogue;
  for (std::size_t i = 0; i < t.tiles; ++i, c += tile_columns) {
    gemm_f32_product_scalar(next);
    gemm_f32_store_scalar(static_cast<const float*>(next.tile), tile_columns, t.rows, t.columns, e, c,
                          stride);
    go_beside(next, e, tile_columns);
  }
}

void gemm_f32_store_scalar(const float* tile, std::size_t width, std::size_t rows, std::size_t columns,
                           const TileEpilogue& e, float* c, std::size_t stride) {
  for (std::size_t i = 0; i < rows; ++i) {
    for (std::size_t j = 0; j < columns; ++j) {
      float x = tile[i * width + j];
      if (e.row_bias) x += e.row_bias[i];
      if (e.column_bias) x += e.column_bias[j];
      if (e.residual) x += e.residual[i * e.residual_stride + j];
      c[i * stride + j] = activated(x, e.activation);
    }
  }
}
