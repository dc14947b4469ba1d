#include <immintrin.h>

#include <limits>

#include "../simd/hints.h"
#include "winograd.h"

namespace {
#include "../simd/avx512.inc"
#include "transforms.inc"
//
#include "../activation/vector.inc"
//
#include "../gemm/store.inc"
//
#include "rows.inc"
}  // namespace

#define ISA(name) name##_avx512
#include "exports.inc"
#include "rowExports.inc"
