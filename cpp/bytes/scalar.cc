#include <math.h>

#include "bytes.h"

#define ISA scalar
#include "loops.inc"
