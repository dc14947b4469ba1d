#include <arm_neon.h>

#include <limits>
#include <utility>

#include "../simd/hints.h"
#include "keptRows.h"
#include "kernels.h"

namespace {
#include "../simd/neon.inc"

inline float largest(F v) { return vmaxvq_f32(v); }
inline float total(F v) { return vaddvq_f32(v); }

constexpr int sums_kept = 24, widest = attention_panel_neon;

#include "product.inc"
//
#include "weights.inc"
//
#include "keptRows.inc"
}  // namespace

#define ISA(name) name##_neon
#include "exports.inc"
//
#include "keptExports.inc"
