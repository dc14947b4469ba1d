#include "pooling.h"

#define ISA neon
#include "taps.inc"
