#include <arm_neon.h>

#include <limits>

#include "../simd/hints.h"
#include "blockgemm.h"

namespace {
#include "../simd/neon.inc"
//
#include "../activation/vector.inc"
//
#include "../gemm/store.inc"

template <int R>
inline F repeat_each(const float* p) {
  return load(p);
}

template <int R>
inline F repeat_all(const float* p, std::size_t) {
  return splat(*p);
}
//
#include "product.inc"
}  // namespace

void blockgemm1_f32_neon(const BlockTile& tile, float* sums) {
  panel<1, 8>(tile, {sums, blockgemm_size1_neon.columns, nullptr});
}

void blockgemm1_f32_finish_neon(const BlockTile& tile, const BlockResult& result) {
  panel<1, 8>(tile, {nullptr, 0, &result});
}

void blockgemm4_f32_neon(const BlockTile& tile, float* sums) {
  panel<4, 4>(tile, {sums, blockgemm_size4_neon.columns, nullptr});
}

void blockgemm4_f32_finish_neon(const BlockTile& tile, const BlockResult& result) {
  panel<4, 4>(tile, {nullptr, 0, &result});
}

void blockgemm8_f32_neon(const BlockTile& tile, float* sums) {
  panel<8, 2>(tile, {sums, blockgemm_size8_neon.columns, nullptr});
}

void blockgemm8_f32_finish_neon(const BlockTile& tile, const BlockResult& result) {
  panel<8, 2>(tile, {nullptr, 0, &result});
}
