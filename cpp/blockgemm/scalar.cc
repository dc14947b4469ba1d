#include "blockgemm.h"

namespace {

void product(std::size_t rows, const BlockTile& t, float* sums, std::size_t step) {
  for (std::size_t i = 0; i < rows; ++i) {
    for (std::size_t j = 0; j < t.columns; ++j) {
      float sum = 0;
      for (std::size_t b = 0; b < t.blocks; ++b)
        sum += t.values[b * rows + i] * t.right[t.table[t.indices[b]] + j];
      sums[i * step + j] = sum;
    }
  }
}

void finish(std::size_t rows, const BlockTile& t, const BlockResult& result) {
  constexpr std::size_t most = 8;
  float sums[most * most];
  product(rows, t, sums, most);
  gemm_f32_store_scalar(sums, most, rows, t.columns, result.epilogue, result.c, result.stride);
}

}  // namespace

void blockgemm1_f32_scalar(const BlockTile& tile, float* sums) {
  product(1, tile, sums, blockgemm_size1_scalar.columns);
}

void blockgemm1_f32_finish_scalar(const BlockTile& tile, const BlockResult& result) {
  finish(1, tile, result);
}

void blockgemm4_f32_scalar(const BlockTile& tile, float* sums) {
  product(4, tile, sums, blockgemm_size4_scalar.columns);
}

void blockgemm4_f32_finish_scalar(const BlockTile& tile, const BlockResult& result) {
  finish(4, tile, result);
}

void blockgemm8_f32_scalar(const BlockTile& tile, float* sums) {
  product(8, tile, sums, blockgemm_size8_scalar.columns);
}

void blockgemm8_f32_finish_scalar(const BlockTile& tile, const BlockResult& result) {
  finish(8, tile, result);
}
