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

#include "../simd/avx2_dot.inc"
//
#include "vnni.inc"

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
