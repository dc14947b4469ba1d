#include <arm_neon.h>

#include "qgemm.h"

namespace {
#include "../simd/neon.inc"
//
#include "../simd/neon_words.inc"
//
#include "../activation/vector.inc"
//
#include "steps.inc"
//
#include "store.inc"

constexpr std::size_t height = qgemm_size_neon.rows, width = qgemm_size_neon.columns;

/// The even and the odd bytes of each word's halves, widened: products of two 16-bit halves are summed in 32
/// bits.
struct Halves {
  int16x8_t even, odd;
};

inline Halves signed_halves(I words) {
  const int16x8_t x = vreinterpretq_s16_s32(words);
  return {vshrq_n_s16(vshlq_n_s16(x, 8), 8), vshrq_n_s16(x, 8)};
}

inline Halves unsigned_halves(I words) {
  const uint16x8_t x = vreinterpretq_u16_s32(words);
  return {vreinterpretq_s16_u16(vandq_u16(x, vdupq_n_u16(255))), vreinterpretq_s16_u16(vshrq_n_u16(x, 8))};
}

/// Two words in each of two registers, to be added pairwise at the end.
struct Sums {
  I low, high;
};

inline void dot(Sums& sums, const Halves& a, const Halves& b) {
  sums.low = vmlal_s16(sums.low, vget_low_s16(a.even), vget_low_s16(b.even));
  sums.high = vmlal_high_s16(sums.high, a.even, b.even);
  sums.low = vmlal_s16(sums.low, vget_low_s16(a.odd), vget_low_s16(b.odd));
  sums.high = vmlal_high_s16(sums.high, a.odd, b.odd);
}

template <bool SignedLeft, int R, int V>
void block(const std::int32_t* a, const std::int32_t* b, std::size_t b_step, std::size_t depth,
           std::int32_t* tile, bool added) {
  Sums sums[R][V];
  for (int i = 0; i < R; ++i) {
    for (int v = 0; v < V; ++v) sums[i][v] = {splat_word(0), splat_word(0)};
  }
  for (std::size_t k = 0; k < depth; ++k, a += height, b += b_step) {
    Halves right[V];
    for (int v = 0; v < V; ++v) {
      const I words = load_words(b + 4 * v);
      right[v] = SignedLeft ? unsigned_halves(words) : signed_halves(words);
    }
    for (int i = 0; i < R; ++i) {
      const I words = splat_word(a[i]);
      const Halves left = SignedLeft ? signed_halves(words) : unsigned_halves(words);
      for (int v = 0; v < V; ++v) dot(sums[i][v], left, right[v]);
    }
  }
  for (int i = 0; i < R; ++i) {
    for (int v = 0; v < V; ++v) {
      std::int32_t* at = tile + static_cast<std::size_t>(i) * width + 4 * v;
      const I sum = vpaddq_s32(sums[i][v].low, sums[i][v].high);
      store_words(at, added ? add(sum, load_words(at)) : sum);
    }
  }
}

template <bool S>
inline void product(const void* left, const void* right, std::size_t right_step, std::size_t depth,
                    std::size_t rows, std::size_t columns, void* tile, bool add, const Ahead&) {
  using Block = void(const std::int32_t*, const std::int32_t*, std::size_t, std::size_t, std::int32_t*, bool);
  static constexpr Block* blocks[4][2] = {{block<S, 1, 1>, block<S, 1, 2>},
                                          {block<S, 2, 1>, block<S, 2, 2>},
                                          {block<S, 3, 1>, block<S, 3, 2>},
                                          {block<S, 4, 1>, block<S, 4, 2>}};
  blocks[rows - 1][(columns - 1) / lanes](static_cast<const std::int32_t*>(left),
                                          static_cast<const std::int32_t*>(right), right_step, depth,
                                          static_cast<std::int32_t*>(tile), add);
}

}  // namespace

#define ISA neon
#include "exports.inc"

void qgemm_enter_neon() {}
void qgemm_leave_neon() {}
