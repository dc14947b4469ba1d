#include <immintrin.h>

#include "gemv.h"

namespace {
#include "../simd/avx2.inc"
//
#include "../simd/prefetch.inc"
//
#include "rows.inc"
}  // namespace

void gemv_f32_panel_avx2(const float* x, std::size_t x_step, std::size_t rows, const float* panel,
                         std::size_t width, std::size_t depth, float* sums) {
  any_rows(x, x_step, rows, panel, width, depth, sums);
}

void gemv_f32_blocks_avx2(const float* x, const float* values, const std::uint32_t* indices,
                          std::size_t blocks, float* sums) {
  sixteen_outputs(x, values, indices, blocks, sums);
}
