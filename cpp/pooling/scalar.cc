#include "pooling.h"

#define ISA scalar
#include "taps.inc"
