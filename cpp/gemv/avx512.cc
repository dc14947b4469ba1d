#include <immintrin.h>

#include "gemv.h"

namespace {
#include "../simd/avx512.inc"
//
#include "../simd/prefetch.inc"
//
#include "../simd/unrolled.inc"
//
#include "rows.inc"
}  // namespace

void gemv_f32_panel_avx512(const float* x, std::size_t x_step, std::size_t rows, const float* panel,
                           std::size_t width, std::size_t depth, float* sums) {
  any_rows(x, x_step, rows, panel, width, depth, sums);
}

void gemv_f32_blocks_avx512(const float* x, const float* values, const std::uint32_t* indices,
                            std::size_t blocks, float* sums) {
  sixteen_outputs(x, values, indices, blocks, sums);
}

void gemv_f32_bitmap_avx512(const float* x, const float* values, const std::uint16_t* masks,
                            std::size_t depth, float* sums) {
  F sum[4] = {splat(0), splat(0), splat(0), splat(0)};
  std::size_t k = 0;
  for (; k + 4 <= depth; k += 4) {
    prefetch<64>(values);
    // Into four registers: on Zen 4 an expansion waits for what its register held before.
    F weights[4];
    unrolled<4>([&](auto u) {
      weights[u] = _mm512_maskz_expandloadu_ps(masks[k + u], values);
      values += _mm_popcnt_u32(masks[k + u]);
    });
    unrolled<4>([&](auto u) { sum[u] = fma(splat(x[k + u]), weights[u], sum[u]); });
  }
  for (; k < depth; ++k) {
    sum[0] = fma(splat(x[k]), _mm512_maskz_expandloadu_ps(masks[k], values), sum[0]);
    values += _mm_popcnt_u32(masks[k]);
  }
  store(sums, add(add(sum[0], sum[1]), add(sum[2], sum[3])));
}
