#include <immintrin.h>

#include <limits>
#include <utility>

#include "../simd/hints.h"
#include "gemm.h"

namespace {
#include "../simd/avx2.inc"
//
#include "../activation/vector.inc"
//
#include "store.inc"

constexpr std::size_t height = gemm_f32_size_avx2.rows, width = gemm_f32_size_avx2.columns;

#include "product.inc"

void multiply(const TileOperands& t, const Result* result) {
  block_of(t.rows, (t.columns + lanes - 1) / lanes)(t, result);
}
}  // namespace

#define ISA(name) name##_avx2
#include "exports.inc"
