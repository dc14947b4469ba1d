#include <immintrin.h>

#include "winograd.h"

namespace {
#include "../simd/avx512.inc"
#include "transforms.inc"
}  // namespace

#define ISA(name) name##_avx512
#include "exports.inc"
