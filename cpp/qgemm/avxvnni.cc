#include <immintrin.h>

#include "qgemm.h"

namespace {
#include "../simd/avx2.inc"
//
#include "../simd/avx2_words.inc"
//
#include "../activation/vector.inc"
//
#include "steps.inc"
//
#include "store.inc"

constexpr std::size_t height = qgemm_size_avxvnni.rows, width = qgemm_size_avxvnni.columns;

/// Four products of an unsigned by a signed byte, added to each word.
inline I dot(I sums, I unsigned_bytes, I signed_bytes) {
#if defined(__GNUC__)
  __asm__("%{vex%} vpdpbusd %2, %1, %0" : "+x"(sums) : "x"(unsigned_bytes), "x"(signed_bytes));
  return sums;
#else
  return _mm256_dpbusd_avx_epi32(sums, unsigned_bytes, signed_bytes);
#endif
}

/// R rows by V vectors: 4 by 3 fills 12 of the 16 registers with sums.
template <bool SignedLeft, int R, int V>
void block(const std::int32_t* a, const std::int32_t* b, std::size_t b_step, std::size_t depth,
           std::int32_t* tile, bool added) {
  I sums[R][V];
  for (int i = 0; i < R; ++i) {
    for (int v = 0; v < V; ++v) sums[i][v] = splat_word(0);
  }
  for (std::size_t k = 0; k < depth; ++k, a += height, b += b_step) {
    I right[V];
    for (int v = 0; v < V; ++v) right[v] = load_words(b + 8 * v);
    for (int i = 0; i < R; ++i) {
      const I left = splat_word(a[i]);
      for (int v = 0; v < V; ++v) {
        sums[i][v] = SignedLeft ? dot(sums[i][v], right[v], left) : dot(sums[i][v], left, right[v]);
      }
    }
  }
  for (int i = 0; i < R; ++i) {
    for (int v = 0; v < V; ++v) {
      std::int32_t* at = tile + static_cast<std::size_t>(i) * width + 8 * v;
      store_words(at, added ? add(sums[i][v], load_words(at)) : sums[i][v]);
    }
  }
}

template <bool S>
inline void product(const void* left, const void* right, std::size_t right_step, std::size_t depth,
                    std::size_t rows, std::size_t columns, void* tile, bool add, const Ahead&) {
  using Block = void(const std::int32_t*, const std::int32_t*, std::size_t, std::size_t, std::int32_t*, bool);
  static constexpr Block* blocks[4][3] = {{block<S, 1, 1>, block<S, 1, 2>, block<S, 1, 3>},
                                          {block<S, 2, 1>, block<S, 2, 2>, block<S, 2, 3>},
                                          {block<S, 3, 1>, block<S, 3, 2>, block<S, 3, 3>},
                                          {block<S, 4, 1>, block<S, 4, 2>, block<S, 4, 3>}};
  blocks[rows - 1][(columns - 1) / lanes](static_cast<const std::int32_t*>(left),
                                          static_cast<const std::int32_t*>(right), right_step, depth,
                                          static_cast<std::int32_t*>(tile), add);
}

}  // namespace

#define ISA avxvnni
#include "exports.inc"

void qgemm_enter_avxvnni() {}
void qgemm_leave_avxvnni() {}
