#include "blockgemm.h"

namespace {

void product(std::size_t rows, std::size_t columns, const float* values, const std::uint32_t* indices,
             std::size_t blocks, const float* right, const std::uint32_t* table, std::size_t wanted,
             float* tile) {
  for (std::size_t i = 0; i < rows; ++i) {
    for (std::size_t j = 0; j < wanted; ++j) {
      float sum = 0;
      for (std::size_t b = 0; b < blocks; ++b) sum += values[b * rows + i] * right[table[indices[b]] + j];
      tile[i * columns + j] = sum;
    }
  }
}

}  // namespace

void blockgemm1_f32_scalar(const float* values, const std::uint32_t* indices, std::size_t blocks,
                           const float* right, const std::uint32_t* table, std::size_t wanted, float* tile) {
  product(1, blockgemm_size1_scalar.columns, values, indices, blocks, right, table, wanted, tile);
}

void blockgemm4_f32_scalar(const float* values, const std::uint32_t* indices, std::size_t blocks,
                           const float* right, const std::uint32_t* table, std::size_t wanted, float* tile) {
  product(4, blockgemm_size4_scalar.columns, values, indices, blocks, right, table, wanted, tile);
}

void blockgemm8_f32_scalar(const float* values, const std::uint32_t* indices, std::size_t blocks,
                           const float* right, const std::uint32_t* table, std::size_t wanted, float* tile) {
  product(8, blockgemm_size8_scalar.columns, values, indices, blocks, right, table, wanted, tile);
}
