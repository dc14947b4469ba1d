#include "reduction.h"

#define ISA scalar
#include "loops.inc"
