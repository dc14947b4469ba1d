#include "pooling.h"

#define ISA avx512
#include "joins.inc"
