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
#include "fourRows.inc"
}  // namespace

void blockgemm1_f32_avx2(const BlockTile& tile, float* sums) {
  sum_rows<1, 1, 8>(tile, sums, blockgemm_size1_avx2.columns);
}

void blockgemm1_f32_finish_avx2(const BlockTile& tile, const BlockResult& result) {
  finish_rows<1, 1, 8>(tile, result);
}

void blockgemm4_f32_avx2(const BlockTile& tile, float* sums) {
  sum_rows<4, 4, 3>(tile, sums, blockgemm_size4_avx2.columns);
}

void blockgemm4_f32_finish_avx2(const BlockTile& tile, const BlockResult& result) {
  finish_rows<4, 4, 3>(tile, result);
}

void blockgemm8_f32_avx2(const BlockTile& tile, float* sums) {
  sum_rows<8, 4, 3>(tile, sums, blockgemm_size8_avx2.columns);
}

void blockgemm8_f32_finish_avx2(const BlockTile& tile, const BlockResult& result) {
  finish_rows<8, 4, 3>(tile, result);
}
