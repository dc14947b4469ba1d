#include "pooling.h"

#define ISA avx512
#include "taps.inc"
