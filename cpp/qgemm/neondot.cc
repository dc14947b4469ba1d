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

constexpr std::size_t height = qgemm_size_neondot.rows, width = qgemm_size_neondot.columns;

inline int8x16_t load_s8(const std::int32_t* p) { return vreinterpretq_s8_s32(load_words(p)); }
/// Unsigned bytes less 128, as signed ones.
inline int8x16_t lowered(int8x16_t bytes) {
  return veorq_s8(bytes, vdupq_n_s8(static_cast<std::int8_t>(-128)));
}

/// The dot product of this instruction set is signed by signed. The unsigned operand enters less 128, and 128
/// times the sum of the other one is added at the end: a dot product with ones for each vector of it.
template <bool SignedLeft, int R, int V>
void block(const std::int32_t* a, const std::int32_t* b, std::size_t b_step, std::size_t depth,
           std::int32_t* tile, bool added) {
  I sums[R][V], right_sums[V], left_sums[2] = {splat_word(0), splat_word(0)};
  const int8x16_t ones = vdupq_n_s8(1);
  for (int v = 0; v < V; ++v) right_sums[v] = splat_word(0);
  for (int i = 0; i < R; ++i) {
    for (int v = 0; v < V; ++v) sums[i][v] = splat_word(0);
  }
  for (std::size_t k = 0; k < depth; ++k, a += height, b += b_step) {
    int8x16_t right[V];
    for (int v = 0; v < V; ++v) {
      right[v] = load_s8(b + 4 * v);
      if (SignedLeft) {
        right[v] = lowered(right[v]);
      } else {
        right_sums[v] = vdotq_s32(right_sums[v], right[v], ones);
      }
    }
    if (SignedLeft) {
      left_sums[0] = vdotq_s32(left_sums[0], load_s8(a), ones);
      left_sums[1] = vdotq_s32(left_sums[1], load_s8(a + 4), ones);
    }
    for (int i = 0; i < R; ++i) {
      int8x16_t left = vreinterpretq_s8_s32(splat_word(a[i]));
      if (!SignedLeft) left = lowered(left);
      for (int v = 0; v < V; ++v) sums[i][v] = vdotq_s32(sums[i][v], left, right[v]);
    }
  }
  std::int32_t rows[8];
  vst1q_s32(rows, left_sums[0]);
  vst1q_s32(rows + 4, left_sums[1]);
  for (int i = 0; i < R; ++i) {
    for (int v = 0; v < V; ++v) {
      std::int32_t* at = tile + static_cast<std::size_t>(i) * width + 4 * v;
      const I weights = SignedLeft ? splat_word(rows[i]) : right_sums[v];
      const I sum = add(sums[i][v], vshlq_n_s32(weights, 7));
      store_words(at, added ? add(sum, load_words(at)) : sum);
    }
  }
}

template <bool S>
inline void product(const void* left, const void* right, std::size_t right_step, std::size_t depth,
                    std::size_t rows, std::size_t columns, void* tile, bool add, const Ahead&) {
  using Block = void(const std::int32_t*, const std::int32_t*, std::size_t, std::size_t, std::int32_t*, bool);
  static constexpr Block* blocks[8][3] = {
      {block<S, 1, 1>, block<S, 1, 2>, block<S, 1, 3>}, {block<S, 2, 1>, block<S, 2, 2>, block<S, 2, 3>},
      {block<S, 3, 1>, block<S, 3, 2>, block<S, 3, 3>}, {block<S, 4, 1>, block<S, 4, 2>, block<S, 4, 3>},
      {block<S, 5, 1>, block<S, 5, 2>, block<S, 5, 3>}, {block<S, 6, 1>, block<S, 6, 2>, block<S, 6, 3>},
      {block<S, 7, 1>, block<S, 7, 2>, block<S, 7, 3>}, {block<S, 8, 1>, block<S, 8, 2>, block<S, 8, 3>}};
  blocks[rows - 1][(columns - 1) / lanes](static_cast<const std::int32_t*>(left),
                                          static_cast<const std::int32_t*>(right), right_step, depth,
                                          static_cast<std::int32_t*>(tile), add);
}

}  // namespace

#define ISA neondot
#include "exports.inc"

void qgemm_enter_neondot() {}
void qgemm_leave_neondot() {}
