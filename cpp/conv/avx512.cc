#include <immintrin.h>

#include "conv.h"

namespace {

inline __mmask16 first(std::size_t n) { return static_cast<__mmask16>((1u << n) - 1); }  // n <= 16

inline void copy(const std::uint32_t* from, std::size_t count, std::uint32_t* to) {
  for (; count > 16; count -= 16, from += 16, to += 16) _mm512_storeu_si512(to, _mm512_loadu_si512(from));
  _mm512_mask_storeu_epi32(to, first(count), _mm512_maskz_loadu_epi32(first(count), from));
}

/// 32 words or fewer.
inline void split(const std::uint32_t* from, std::size_t count, std::uint32_t* even, std::uint32_t* odd) {
  const __m512i evens = _mm512_set_epi32(30, 28, 26, 24, 22, 20, 18, 16, 14, 12, 10, 8, 6, 4, 2, 0);
  const std::size_t low = count < 16 ? count : 16;
  const __m512i a = _mm512_maskz_loadu_epi32(first(low), from);
  const __m512i b = _mm512_maskz_loadu_epi32(first(count - low), from + 16);
  _mm512_mask_storeu_epi32(even, first((count + 1) / 2), _mm512_permutex2var_epi32(a, evens, b));
  const __m512i odds = _mm512_add_epi32(evens, _mm512_set1_epi32(1));
  _mm512_mask_storeu_epi32(odd, first(count / 2), _mm512_permutex2var_epi32(a, odds, b));
}

}  // namespace

void copy_word_runs_avx512(const std::uint32_t* from, const std::size_t* taps, std::size_t tap_count,
                           const WordRun* runs, std::size_t run_count, std::uint32_t* to,
                           std::size_t to_step) {
  for (std::size_t r = 0; r < run_count; ++r) {
    if (runs[r].length == 0) continue;
    const std::size_t whole = (runs[r].length - 1) / 16 * 16;
    const __mmask16 rest = first(runs[r].length - whole);
    std::uint32_t* at = to + runs[r].to;
    for (std::size_t t = 0; t < tap_count; ++t, at += to_step) {
      const std::uint32_t* row = from + taps[t] + runs[r].from;
      for (std::size_t i = 0; i < whole; i += 16) _mm512_storeu_si512(at + i, _mm512_loadu_si512(row + i));
      _mm512_mask_storeu_epi32(at + whole, rest, _mm512_maskz_loadu_epi32(rest, row + whole));
    }
  }
}

void copy_word_rows_avx512(const WordRows& from, std::size_t rows, std::size_t count, std::uint32_t* to,
                           std::size_t to_step) {
  for (std::size_t r = 0; r < rows; ++r) copy(from.data + r * from.step, count, to + r * to_step);
}

void split_word_rows_avx512(const WordRows& from, std::size_t rows, std::size_t count, std::uint32_t* even,
                            std::uint32_t* odd, std::size_t to_step) {
  for (std::size_t r = 0; r < rows; ++r, even += to_step, odd += to_step) {
    const std::uint32_t* row = from.data + r * from.step;
    for (std::size_t i = 0; i < count; i += 32) {
      split(row + i, count - i < 32 ? count - i : 32, even + i / 2, odd + i / 2);
    }
  }
}

void copy_padded_rows_avx512(const WordRows& from, std::size_t rows, const PaddedRow& padded,
                             std::uint32_t* to) {
  const std::size_t end = padded.left + padded.count;
  for (std::size_t i = 0; i < padded.length; i += 16) {
    const std::size_t skipped = padded.left > i ? padded.left - i : 0, last = end > i ? end - i : 0;
    const __mmask16 inside =
        static_cast<__mmask16>(first(last < 16 ? last : 16) & ~first(skipped < 16 ? skipped : 16));
    const __mmask16 written = first(padded.length - i < 16 ? padded.length - i : 16);
    const std::uint32_t* row = from.data - padded.left + i;
    std::uint32_t* word = to + i;
    for (std::size_t r = 0; r < rows; ++r, row += from.step, word += padded.length)
      _mm512_mask_storeu_epi32(word, written, _mm512_maskz_loadu_epi32(inside, row));
  }
}
