#include "transpose.h"

#if defined(__SSE2__) || defined(_M_X64)
#include <emmintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

namespace {

/// Four rows by four columns.
#if defined(__SSE2__) || defined(_M_X64)
inline void square(const float* from, std::size_t from_step, float* to, std::size_t to_step) {
  __m128 a = _mm_loadu_ps(from), b = _mm_loadu_ps(from + from_step), c = _mm_loadu_ps(from + 2 * from_step),
         d = _mm_loadu_ps(from + 3 * from_step);
  _MM_TRANSPOSE4_PS(a, b, c, d);
  _mm_storeu_ps(to, a);
  _mm_storeu_ps(to + to_step, b);
  _mm_storeu_ps(to + 2 * to_step, c);
  _mm_storeu_ps(to + 3 * to_step, d);
}
#elif defined(__aarch64__)
inline void square(const float* from, std::size_t from_step, float* to, std::size_t to_step) {
  const float32x4_t a = vld1q_f32(from), b = vld1q_f32(from + from_step), c = vld1q_f32(from + 2 * from_step),
                    d = vld1q_f32(from + 3 * from_step);
  const float32x4_t ac = vzip1q_f32(a, c), bd = vzip1q_f32(b, d), ac2 = vzip2q_f32(a, c),
                    bd2 = vzip2q_f32(b, d);
  vst1q_f32(to, vzip1q_f32(ac, bd));
  vst1q_f32(to + to_step, vzip2q_f32(ac, bd));
  vst1q_f32(to + 2 * to_step, vzip1q_f32(ac2, bd2));
  vst1q_f32(to + 3 * to_step, vzip2q_f32(ac2, bd2));
}
#else
inline void square(const float* from, std::size_t from_step, float* to, std::size_t to_step) {
  for (std::size_t k = 0; k < 4; ++k) {
    for (std::size_t i = 0; i < 4; ++i) to[k * to_step + i] = from[i * from_step + k];
  }
}
#endif

}  // namespace

void transpose_f32_scalar(const float* from, std::size_t from_step, std::size_t rows, std::size_t columns,
                          float* to, std::size_t to_step) {
  const std::size_t whole_rows = rows / 4 * 4, whole_columns = columns / 4 * 4;
  for (std::size_t i = 0; i < whole_rows; i += 4) {
    for (std::size_t k = 0; k < whole_columns; k += 4)
      square(from + i * from_step + k, from_step, to + k * to_step + i, to_step);
  }
  for (std::size_t k = 0; k < columns; ++k) {
    const std::size_t begin = k < whole_columns ? whole_rows : 0;
    for (std::size_t i = begin; i < rows; ++i) to[k * to_step + i] = from[i * from_step + k];
  }
}
