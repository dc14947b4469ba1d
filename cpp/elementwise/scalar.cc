#include <math.h>

#include <cstdint>
#include <cstring>

#include "elementwise.h"

namespace {
#include "functions.inc"
}  // namespace

#define ISA scalar
#include "loops.inc"
