#include <immintrin.h>

#include "blockgemm.h"

namespace {
#include "../simd/avx2.inc"
//
#include "product.inc"
}  // namespace

void blockgemm1_f32_avx2(const float* values, const std::uint32_t* indices, std::size_t blocks,
                         const float* right, const std::uint32_t* table, std::size_t wanted, float* tile) {
  panel<1, 8>(values, indices, blocks, right, table, wanted, tile, blockgemm_size1_avx2.columns);
}

void blockgemm4_f32_avx2(const float* values, const std::uint32_t* indices, std::size_t blocks,
                         const float* right, const std::uint32_t* table, std::size_t wanted, float* tile) {
  panel<4, 3>(values, indices, blocks, right, table, wanted, tile, blockgemm_size4_avx2.columns);
}

void blockgemm8_f32_avx2(const float* values, const std::uint32_t* indices, std::size_t blocks,
                         const float* right, const std::uint32_t* table, std::size_t wanted, float* tile) {
  panel<8, 1>(values, indices, blocks, right, table, wanted, tile, blockgemm_size8_avx2.columns);
}
