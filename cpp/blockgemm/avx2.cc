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

template <int R>
inline F repeat_each(const float* p) {
  static_assert(R == 4 || R == 8);
  if constexpr (R == 8) return load(p);
  const __m256i index = _mm256_set_epi32(3, 3, 2, 2, 1, 1, 0, 0);
  return _mm256_permutevar8x32_ps(_mm256_castps128_ps256(_mm_loadu_ps(p)), index);
}

template <int R>
inline F repeat_all(const float* p, std::size_t n) {
  if (R == 8) return splat(*p);
  const __m128 some = _mm_maskload_ps(p, _mm256_castsi256_si128(first(n)));
  return _mm256_castpd_ps(_mm256_broadcastsd_pd(_mm_castps_pd(some)));
}
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
