#include <math.h>

#include <cstdint>
#include <cstring>

#include "elementwise.h"

namespace {
#include "functions.inc"
}  // namespace

#define ISA neon
#include "loops.inc"
