#include <string.h>

#include "conv.h"

void copy_word_runs_scalar(const std::uint32_t* from, const std::size_t* taps, std::size_t tap_count,
                           const WordRun* runs, std::size_t run_count, std::uint32_t* to,
                           std::size_t to_step) {
  for (std::size_t t = 0; t < tap_count; ++t, to += to_step) {
    const std::uint32_t* row = from + taps[t];
    for (std::size_t r = 0; r < run_count; ++r)
      memcpy(to + runs[r].to, row + runs[r].from, runs[r].length * 4);
  }
}

void copy_word_rows_scalar(const WordRows& from, std::size_t rows, std::size_t count, std::uint32_t* to,
                           std::size_t to_step) {
  for (std::size_t r = 0; r < rows; ++r) memcpy(to + r * to_step, from.data + r * from.step, count * 4);
}

void split_word_rows_scalar(const WordRows& from, std::size_t rows, std::size_t count, std::uint32_t* even,
                            std::uint32_t* odd, std::size_t to_step) {
  for (std::size_t r = 0; r < rows; ++r, even += to_step, odd += to_step) {
    const std::uint32_t* row = from.data + r * from.step;
    for (std::size_t i = 0; i < count; i += 2) even[i / 2] = row[i];
    for (std::size_t i = 1; i < count; i += 2) odd[i / 2] = row[i];
  }
}

void copy_padded_rows_scalar(const WordRows& from, std::size_t rows, const PaddedRow& padded,
                             std::uint32_t* to) {
  for (std::size_t r = 0; r < rows; ++r, to += padded.length) {
    memset(to, 0, padded.left * 4);
    memcpy(to + padded.left, from.data + r * from.step, padded.count * 4);
    memset(to + padded.left + padded.count, 0, (padded.length - padded.left - padded.count) * 4);
  }
}
