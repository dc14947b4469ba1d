#include <immintrin.h>

#include "transpose.h"

namespace {
#include "../simd/avx2.inc"

inline F load_quads(const float* from, std::size_t step) {
  return _mm256_insertf128_ps(_mm256_castps128_ps256(_mm_loadu_ps(from)), _mm_loadu_ps(from + 4 * step), 1);
}
inline F low(F a, F b) { return _mm256_unpacklo_ps(a, b); }
inline F high(F a, F b) { return _mm256_unpackhi_ps(a, b); }
inline F low_pairs(F a, F b) { return _mm256_shuffle_ps(a, b, 0x44); }
inline F high_pairs(F a, F b) { return _mm256_shuffle_ps(a, b, 0xee); }

constexpr transpose_f32& narrower = transpose_f32_scalar;

#include "quads.inc"
}  // namespace

void transpose_f32_avx2(const float* from, std::size_t from_step, std::size_t rows, std::size_t columns,
                        float* to, std::size_t to_step) {
  transpose_quads(from, from_step, rows, columns, to, to_step);
}
