#include <immintrin.h>

#include <cstring>

#include "qgemv.h"

namespace {
#include "../simd/avx512.inc"
//
#include "../simd/avx512_words.inc"
//
#include "../simd/prefetch.inc"
//
#include "vnni512.inc"
//
#include "rows.inc"
}  // namespace

#define ISA avx512vnni
#include "exports.inc"
