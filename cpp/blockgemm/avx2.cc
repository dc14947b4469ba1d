#include <immintrin.h>

#include <limits>

#include "../simd/hints.h"
#include "blockgemm.h"

namespace {
#include "../simd/avx2.inc"
//
#include "../activation/vector.inc"
//
#include "../gemm/store.inc"
//
#include "product.inc"
}  // namespace

void blockgemm1_f32_avx2(const BlockTile& tile, float* sums) {
  panel<1, 8>(tile, {sums, blockgemm_size1_avx2.columns, nullptr});
}

void blockgemm1_f32_finish_avx2(const BlockTile& tile, const BlockResult& result) {
  panel<1, 8>(tile, {nullptr, 0, &result});
}

void blockgemm4_f32_avx2(const BlockTile& tile, float* sums) {
  panel<4, 3>(tile, {sums, blockgemm_size4_avx2.columns, nullptr});
}

void blockgemm4_f32_finish_avx2(const BlockTile& tile, const BlockResult& result) {
  panel<4, 3>(tile, {nullptr, 0, &result});
}

void blockgemm8_f32_avx2(const BlockTile& tile, float* sums) {
  panel<8, 1>(tile, {sums, blockgemm_size8_avx2.columns, nullptr});
}

void blockgemm8_f32_finish_avx2(const BlockTile& tile, const BlockResult& result) {
  panel<8, 1>(tile, {nullptr, 0, &result});
}
