#include <immintrin.h>

#include "qblockgemm.h"

namespace {
#include "../simd/avx2.inc"
//
#include "../simd/avx2_words.inc"
//
#include "../simd/unrolled.inc"
//
#include "../qgemm/steps.inc"
//
#include "../simd/kept.inc"
//
#include "noLonePixel.inc"

#include "accumulatePairs.inc"
//
#include "product.inc"
//
#include "planes.inc"

constexpr int vectors4 = 2, vectors8 = 1;
}  // namespace

#define ISA avx2
#include "exports.inc"
