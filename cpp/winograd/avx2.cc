#include <immintrin.h>

#include <algorithm>
#include <limits>

#include "../simd/hints.h"
#include "winograd.h"

namespace {
#include "../simd/avx2.inc"
#include "transforms.inc"
//
#include "../activation/vector.inc"
//
#include "../gemm/store.inc"
//
#include "fourTiles.inc"
}  // namespace

#define ISA(name) name##_avx2
#include "exports.inc"
#include "rowExports.inc"
