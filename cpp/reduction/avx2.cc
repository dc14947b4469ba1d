#include "reduction.h"

#define ISA avx2
#include "loops.inc"
