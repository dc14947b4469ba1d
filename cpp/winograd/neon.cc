#include <arm_neon.h>

#include "winograd.h"

namespace {
#include "../simd/neon.inc"
#include "transforms.inc"
}  // namespace

#define ISA(name) name##_neon
#include "exports.inc"
