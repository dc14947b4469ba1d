#include <arm_neon.h>

#include <cstring>
#include <utility>

#include "narrowgemm.h"

namespace {
#include "../simd/neon.inc"
//
#include "../simd/neon_words.inc"
//
#include "../simd/prefetch.inc"

struct Values {
  template <int E>
  F nibble(I words) const {
    return vcvtq_f32_s32(vshrq_n_s32(vshlq_n_s32(words, 28 - 4 * E), 28));
  }
  static F bytes(const std::int8_t* from) {
    std::int32_t four;
    std::memcpy(&four, from, sizeof(four));
    const int16x8_t halves = vmovl_s8(vreinterpret_s8_s32(vdup_n_s32(four)));
    return vcvtq_f32_s32(vmovl_s16(vget_low_s16(halves)));
  }
};

#include "panel.inc"
}  // namespace

void narrow_gemv_panel_neon(const float* x, std::size_t x_step, std::size_t rows, const NarrowPanel& panel,
                            const float* block_sums, float* sums) {
  any_rows(x, x_step, rows, panel, block_sums, sums);
}

void narrow_unpack_panel_neon(const NarrowPanel& panel, std::size_t depth, float* to) {
  unpack(panel, depth, to);
}
