#include <immintrin.h>

#include "qblockgemm.h"

namespace {
#include "../simd/avx2.inc"
//
#include "../simd/avx2_words.inc"
//
#include "../simd/avx2_dot.inc"
//
#include "vnni.inc"
//
#include "../simd/unrolled.inc"
//
#include "accumulate.inc"
//
#include "product.inc"
//
#include "../qgemm/steps.inc"
//
#include "../simd/kept.inc"
//
#include "noLonePixel.inc"
//
#include "planes.inc"

constexpr int vectors4 = 3, vectors8 = 1;
}  // namespace

#define ISA avxvnni
#include "exports.inc"
