#include <math.h>

#include "bytes.h"

#define ISA avx512
#include "loops.inc"
