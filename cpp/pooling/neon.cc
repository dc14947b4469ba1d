#include "pooling.h"

#define ISA neon
#include "joins.inc"
