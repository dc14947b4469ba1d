#include "pooling.h"

#define ISA scalar
#include "joins.inc"
