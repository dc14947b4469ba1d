#include <immintrin.h>

#include "winograd.h"

namespace {
#include "../simd/avx2.inc"
#include "transforms.inc"
}  // namespace

#define ISA(name) name##_avx2
#include "exports.inc"
