#include <immintrin.h>

#include <limits>
#include <utility>

#include "../simd/hints.h"
#include "keptRows.h"
#include "kernels.h"

namespace {
#include "../simd/avx512.inc"

#include "horizontal.inc"

constexpr int sums_kept = 24, widest = attention_panel_avx512;

#include "product.inc"
//
#include "weights.inc"
//
#include "keptRows.inc"
}  // namespace

#define ISA(name) name##_avx512
#include "exports.inc"
//
#include "keptExports.inc"
