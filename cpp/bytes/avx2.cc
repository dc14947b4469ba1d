#include <math.h>

#include "bytes.h"

#define ISA avx2
#include "loops.inc"
