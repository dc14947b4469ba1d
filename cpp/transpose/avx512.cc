#include <immintrin.h>

#include "transpose.h"

namespace {
#include "../simd/avx512.inc"

inline F load_quads(const float* from, std::size_t step) {
  F x = _mm512_castps128_ps512(_mm_loadu_ps(from));
  x = _mm512_insertf32x4(x, _mm_loadu_ps(from + 4 * step), 1);
  x = _mm512_insertf32x4(x, _mm_loadu_ps(from + 8 * step), 2);
  return _mm512_insertf32x4(x, _mm_loadu_ps(from + 12 * step), 3);
}
inline F low(F a, F b) { return _mm512_unpacklo_ps(a, b); }
inline F high(F a, F b) { return _mm512_unpackhi_ps(a, b); }
inline F low_pairs(F a, F b) { return _mm512_shuffle_ps(a, b, 0x44); }
inline F high_pairs(F a, F b) { return _mm512_shuffle_ps(a, b, 0xee); }

constexpr transpose_f32& narrower = transpose_f32_avx2;

#include "quads.inc"
}  // namespace

void transpose_f32_avx512(const float* from, std::size_t from_step, std::size_t rows, std::size_t columns,
                          float* to, std::size_t to_step) {
  transpose_quads(from, from_step, rows, columns, to, to_step);
}
