#include <math.h>

#include "bytes.h"

#define ISA neon
#include "loops.inc"
