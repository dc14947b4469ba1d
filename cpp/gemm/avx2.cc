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

void multiply(std::size_t rows, const Tile& t) { block_of(rows, (t.columns + lanes - 1) / lanes)(t); }
}  // namespace

#define ISA(name) name##_avx2
#include "exports.inc"
