#include <immintrin.h>

#include <limits>

#include "../simd/hints.h"
#include "blockgemm.h"

namespace {
#include "../simd/avx512.inc"
//
#include "../activation/vector.inc"
//
#include "../gemm/store.inc"

template <int R>
inline F repeat_each(const float* p) {
  static_assert(R == 4 || R == 8);
  if constexpr (R == 4) {
    const __m512i index = _mm512_set_epi32(3, 3, 3, 3, 2, 2, 2, 2, 1, 1, 1, 1, 0, 0, 0, 0);
    return _mm512_permutexvar_ps(index, _mm512_castps128_ps512(_mm_loadu_ps(p)));
  } else {
    const __m512i index = _mm512_set_epi32(7, 7, 6, 6, 5, 5, 4, 4, 3, 3, 2, 2, 1, 1, 0, 0);
    return _mm512_permutexvar_ps(index, _mm512_castps256_ps512(_mm256_loadu_ps(p)));
  }
}

template <int R>
inline F repeat_all(const float* p, std::size_t n) {
  const __m128 some = _mm_maskz_loadu_ps(static_cast<__mmask8>(first(n)), p);
  if constexpr (R == 4) return _mm512_broadcast_f32x4(some);
  return _mm512_castpd_ps(_mm512_broadcastsd_pd(_mm_castps_pd(some)));
}
//
#include "product.inc"
}  // namespace

void blockgemm1_f32_avx512(const BlockTile& tile, float* sums) {
  panel<1, 8>(tile, {sums, blockgemm_size1_avx512.columns, nullptr});
}

void blockgemm1_f32_finish_avx512(const BlockTile& tile, const BlockResult& result) {
  panel<1, 8>(tile, {nullptr, 0, &result});
}

void blockgemm4_f32_avx512(const BlockTile& tile, float* sums) {
  panel<4, 6>(tile, {sums, blockgemm_size4_avx512.columns, nullptr});
}

void blockgemm4_f32_finish_avx512(const BlockTile& tile, const BlockResult& result) {
  panel<4, 6>(tile, {nullptr, 0, &result});
}

void blockgemm8_f32_avx512(const BlockTile& tile, float* sums) {
  panel<8, 3>(tile, {sums, blockgemm_size8_avx512.columns, nullptr});
}

void blockgemm8_f32_finish_avx512(const BlockTile& tile, const BlockResult& result) {
  panel<8, 3>(tile, {nullptr, 0, &result});
}
