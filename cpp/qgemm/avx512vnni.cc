#include <immintrin.h>

#include "qgemm.h"

namespace {
#include "../simd/avx512.inc"
//
#include "../simd/avx512_words.inc"
//
#include "../simd/avx512_lookup.inc"
//
#include "../activation/vector.inc"
//
#include "steps.inc"
//
#include "store.inc"

constexpr std::size_t height = qgemm_size_avx512vnni.rows, width = qgemm_size_avx512vnni.columns;

#include "../simd/avx512_dot.inc"
//
#include "vnni.inc"

/// C columns beside the last full vector, C <= 4: here the rows of the left panel are the vector.
template <bool SignedLeft, int C>
void few_columns(const std::int32_t* a, const std::int32_t* b, std::size_t b_step, std::size_t depth,
                 std::int32_t* tile, bool added) {
  __m256i sums[4][C];
  for (auto& row : sums) {
    for (__m256i& sum : row) sum = _mm256_setzero_si256();
  }
  const auto step = [&](std::size_t u, std::size_t at) {
    const __m256i left = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(a + at * height));
    for (int c = 0; c < C; ++c) {
      const __m256i right = _mm256_set1_epi32(b[at * b_step + static_cast<std::size_t>(c)]);
      sums[u][c] = SignedLeft ? _mm256_dpbusd_epi32(sums[u][c], right, left)
                              : _mm256_dpbusd_epi32(sums[u][c], left, right);
    }
  };
  std::size_t k = 0;
  for (; k + 4 <= depth; k += 4, a += 4 * height, b += 4 * b_step) {
    for (std::size_t u = 0; u < 4; ++u) step(u, u);
  }
  for (; k < depth; ++k, a += height, b += b_step) step(0, 0);
  for (int c = 0; c < C; ++c) {
    std::int32_t column[8];
    const __m256i sum =
        _mm256_add_epi32(_mm256_add_epi32(sums[0][c], sums[1][c]), _mm256_add_epi32(sums[2][c], sums[3][c]));
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(column), sum);
    for (std::size_t i = 0; i < height; ++i) {
      const std::uint32_t before = added ? static_cast<std::uint32_t>(tile[i * width + c]) : 0;
      tile[i * width + c] = static_cast<std::int32_t>(static_cast<std::uint32_t>(column[i]) + before);
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
  static constexpr Block* few[4] = {few_columns<S, 1>, few_columns<S, 2>, few_columns<S, 3>,
                                    few_columns<S, 4>};
  (columns <= 4 && rows > 2 ? few[columns - 1] : blocks[rows - 1][(columns - 1) / lanes])(
      static_cast<const std::int32_t*>(left), static_cast<const std::int32_t*>(right), right_step, depth,
      static_cast<std::int32_t*>(tile), add);
}

}  // namespace

#define ISA avx512vnni
#include "exports.inc"

void qgemm_enter_avx512vnni() {}
void qgemm_leave_avx512vnni() {}
