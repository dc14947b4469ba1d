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

constexpr std::size_t height = qgemm_size_avx2.left_width(), width = qgemm_size_avx2.columns;

/// Bytes widened to 16 bits: products of pairs then fit 32 bits, while vpmaddubsw would saturate.
struct Halves {
  I even, odd;
};

template <bool Signed>
inline Halves halves(I bytes) {
  if (Signed) return {_mm256_srai_epi16(_mm256_slli_epi16(bytes, 8), 8), _mm256_srai_epi16(bytes, 8)};
  return {_mm256_and_si256(bytes, _mm256_set1_epi16(255)), _mm256_srli_epi16(bytes, 8)};
}

inline I dot(I sums, const Halves& a, const Halves& b) {
  return add(sums, add(_mm256_madd_epi16(a.even, b.even), _mm256_madd_epi16(a.odd, b.odd)));
}

/// R rows by V vectors: 4 by 2 fills 8 of the 16 registers with sums.
template <bool SignedLeft, int R, int V>
void block(const std::int32_t* a, const std::int32_t* b, std::size_t b_step, std::size_t depth,
           std::int32_t* tile, bool added) {
  I sums[R][V];
  for (int i = 0; i < R; ++i) {
    for (int v = 0; v < V; ++v) sums[i][v] = splat_word(0);
  }
  for (std::size_t k = 0; k < depth; ++k, a += height, b += b_step) {
    Halves right[V];
    for (int v = 0; v < V; ++v) right[v] = halves<!SignedLeft>(load_words(b + 8 * v));
    for (int i = 0; i < R; ++i) {
      const Halves left{splat_word(a[2 * i]), splat_word(a[2 * i + 1])};
      for (int v = 0; v < V; ++v) sums[i][v] = dot(sums[i][v], left, right[v]);
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
  static constexpr Block* blocks[4][2] = {{block<S, 1, 1>, block<S, 1, 2>},
                                          {block<S, 2, 1>, block<S, 2, 2>},
                                          {block<S, 3, 1>, block<S, 3, 2>},
                                          {block<S, 4, 1>, block<S, 4, 2>}};
  blocks[rows - 1][(columns - 1) / lanes](static_cast<const std::int32_t*>(left),
                                          static_cast<const std::int32_t*>(right), right_step, depth,
                                          static_cast<std::int32_t*>(tile), add);
}

}  // namespace

#define ISA avx2
#include "exports.inc"

void qgemm_enter_avx2() {}
void qgemm_leave_avx2() {}
