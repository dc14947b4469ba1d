#include <arm_neon.h>

#include "blockgemm.h"

namespace {
#include "../simd/neon.inc"
//
#include "product.inc"
}  // namespace

void blockgemm1_f32_neon(const float* values, const std::uint32_t* indices, std::size_t blocks,
                         const float* right, const std::uint32_t* table, std::size_t wanted, float* tile) {
  panel<1, 8>(values, indices, blocks, right, table, wanted, tile, blockgemm_size1_neon.columns);
}

void blockgemm4_f32_neon(const float* values, const std::uint32_t* indices, std::size_t blocks,
                         const float* right, const std::uint32_t* table, std::size_t wanted, float* tile) {
  panel<4, 4>(values, indices, blocks, right, table, wanted, tile, blockgemm_size4_neon.columns);
}

void blockgemm8_f32_neon(const float* values, const std::uint32_t* indices, std::size_t blocks,
                         const float* right, const std::uint32_t* table, std::size_t wanted, float* tile) {
  panel<8, 2>(values, indices, blocks, right, table, wanted, tile, blockgemm_size8_neon.columns);
}
