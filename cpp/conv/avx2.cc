#include <immintrin.h>

#include "conv.h"

namespace {

inline void copy_eight(const std::uint32_t* from, std::uint32_t* to) {
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(to),
                      _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from)));
}

inline void copy(const std::uint32_t* from, std::size_t count, std::uint32_t* to) {
  std::size_t i = 0;
  for (; i + 8 <= count; i += 8) copy_eight(from + i, to + i);
  if (i == count) return;
  if (count >= 8) {  // the last eight, some of them for the second time
    copy_eight(from + count - 8, to + count - 8);
  } else {
    for (; i < count; ++i) to[i] = from[i];
  }
}

/// Sixteen words.
inline void split(const std::uint32_t* from, std::uint32_t* even, std::uint32_t* odd) {
  const __m256 a = _mm256_loadu_ps(reinterpret_cast<const float*>(from));
  const __m256 b = _mm256_loadu_ps(reinterpret_cast<const float*>(from + 8));
  const auto in_order = [](__m256 x) { return _mm256_permute4x64_epi64(_mm256_castps_si256(x), 0xd8); };
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(even), in_order(_mm256_shuffle_ps(a, b, 0x88)));
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(odd), in_order(_mm256_shuffle_ps(a, b, 0xdd)));
}

}  // namespace

void copy_word_runs_avx2(const std::uint32_t* from, const std::size_t* taps, std::size_t tap_count,
                         const WordRun* runs, std::size_t run_count, std::uint32_t* to, std::size_t to_step) {
  for (std::size_t t = 0; t < tap_count; ++t, to += to_step) {
    const std::uint32_t* row = from + taps[t];
    for (std::size_t r = 0; r < run_count; ++r) copy(row + runs[r].from, runs[r].length, to + runs[r].to);
  }
}

void copy_word_rows_avx2(const WordRows& from, std::size_t rows, std::size_t count, std::uint32_t* to,
                         std::size_t to_step) {
  for (std::size_t r = 0; r < rows; ++r) copy(from.data + r * from.step, count, to + r * to_step);
}

void split_word_rows_avx2(const WordRows& from, std::size_t rows, std::size_t count, std::uint32_t* even,
                          std::uint32_t* odd, std::size_t to_step) {
  for (std::size_t r = 0; r < rows; ++r, even += to_step, odd += to_step) {
    const std::uint32_t* row = from.data + r * from.step;
    std::size_t i = 0;
    for (; i + 16 <= count; i += 16) split(row + i, even + i / 2, odd + i / 2);
    for (; i < count; ++i) (i % 2 == 0 ? even : odd)[i / 2] = row[i];
  }
}

void copy_padded_rows_avx2(const WordRows& from, std::size_t rows, const PaddedRow& padded,
                           std::uint32_t* to) {
  const std::size_t end = padded.left + padded.count;
  for (std::size_t r = 0; r < rows; ++r, to += padded.length) {
    for (std::size_t i = 0; i < padded.left; ++i) to[i] = 0;
    copy(from.data + r * from.step, padded.count, to + padded.left);
    for (std::size_t i = end; i < padded.length; ++i) to[i] = 0;
  }
}
