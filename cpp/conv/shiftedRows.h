#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

#include "conv.h"

/// A channel's rows, of which those from `middle` on lie elsewhere.
struct ImagePlane {
  const std::uint32_t *rows, *lower;
  std::size_t middle;

  void advance(std::size_t words) {
    rows += words;
    if (lower) lower += words;
  }
};

/// Rows of the image copied once for each column of the kernel, each time moved so that pixel x of an output
/// row reads word x. Rows are as long as those of the result: so pixels that are neighbors there are
/// neighbors in the copies too, from row to row. What lies outside the image is 0.
class ShiftedRows {
 public:
  /// For pieces of at most `out_rows` output rows.
  ShiftedRows(const ConvShape& shape, std::size_t out_rows);

  /// Words of a channel's copies.
  std::size_t words() const { return shape_.kernel_width * phases_.size() * plane_; }
  /// Words that `copy` needs besides.
  std::size_t scratch_words() const { return shape_.stride_width == 1 ? 0 : shape_.stride_width * half_; }
  /// Where each tap of the kernel finds the first pixel of the piece.
  const std::vector<std::size_t>& taps() const { return taps_; }

  /// Copies what output rows first … last of one channel read.
  void copy(const ConvKernels& kernels, const ImagePlane& channel, std::size_t first, std::size_t last,
            std::uint32_t* to, std::uint32_t* scratch) const;

 private:
  /// What a column of the kernel reads of a row: of columns phase, phase + stride … of the image those from
  /// `start` on, `count` of them, behind `left` zeros.
  struct Column {
    std::size_t phase, start, left, count;
  };
  Column column(std::size_t offset) const;
  void copy_rows(const ConvKernels& kernels, const WordRows& rows, std::size_t count, std::uint32_t* to,
                 std::uint32_t* scratch) const;
  WordRows sorted(const ConvKernels& kernels, const WordRows& rows, std::size_t count,
                  std::uint32_t* scratch) const;

  ConvShape shape_;
  std::size_t rows_, plane_;         // rows of equal remainder modulo the stride, and their words
  std::size_t line_, half_;          // of the scratch: a row, and all rows of columns of equal remainder
  std::vector<std::size_t> phases_;  // remainders that a row of the kernel has
  std::vector<std::size_t> taps_;
  std::vector<Column> columns_;
};
