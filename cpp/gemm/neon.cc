#include <arm_neon.h>

#include <limits>
#include <utility>

#include "../simd/hints.h"
#include "gemm.h"

namespace {
#include "../simd/neon.inc"
//
#include "../activation/vector.inc"
//
#include "store.inc"

constexpr std::size_t height = gemm_f32_size_neon.rows, width = gemm_f32_size_neon.columns;

#include "product.inc"

void multiply(const TileOperands& t, const Result* result) {
  block_of(t.rows, (t.columns + lanes - 1) / lanes)(t, result);
}
}  // namespace

#define ISA(name) name##_neon
#include "exports.inc"
