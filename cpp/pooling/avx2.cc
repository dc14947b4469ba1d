#include "pooling.h"

#define ISA avx2
#include "joins.inc"
