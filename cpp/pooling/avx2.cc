#include "pooling.h"

#define ISA avx2
#include "taps.inc"
