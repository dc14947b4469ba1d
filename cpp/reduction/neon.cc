#include "reduction.h"

#define ISA neon
#include "loops.inc"
