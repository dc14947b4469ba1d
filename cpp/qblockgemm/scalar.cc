#include <string.h>

#include "qblockgemm.h"

namespace {

void product(std::size_t rows, std::size_t columns, const std::uint32_t* values, const std::uint32_t* indices,
             std::size_t blocks, const std::uint32_t* right, const std::uint32_t* table, std::size_t wanted,
             std::int32_t* tile) {
  for (std::size_t i = 0; i < rows; ++i) {
    for (std::size_t j = 0; j < wanted; ++j) {
      std::int32_t sum = 0;
      for (std::size_t b = 0; b < blocks; ++b) {
        signed char w[4];
        unsigned char x[4];
        memcpy(w, values + b * rows + i, 4);
        memcpy(x, right + table[indices[b]] + j, 4);
        for (int e = 0; e < 4; ++e) sum += w[e] * x[e];
      }
      tile[i * columns + j] = sum;
    }
  }
}

}  // namespace

void qblockgemm4_scalar(const std::uint32_t* values, const std::uint32_t* indices, std::size_t blocks,
                        const std::uint32_t* right, const std::uint32_t* table, std::size_t wanted,
                        std::int32_t* tile) {
  product(4, qblockgemm_size4_scalar.columns, values, indices, blocks, right, table, wanted, tile);
}

void qblockgemm8_scalar(const std::uint32_t* values, const std::uint32_t* indices, std::size_t blocks,
                        const std::uint32_t* right, const std::uint32_t* table, std::size_t wanted,
                        std::int32_t* tile) {
  product(8, qblockgemm_size8_scalar.columns, values, indices, blocks, right, table, wanted, tile);
}
