#include <math.h>

#include <cstdint>
#include <cstring>

#include "../simd/hints.h"
#include "normalization.h"

namespace {
#include "../elementwise/functions.inc"
}  // namespace

#define ISA neon
#include "rows.inc"
