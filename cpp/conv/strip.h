#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

#include "conv.h"

/// A pointwise convolution is a plain matrix of pixels: one long row. Others stay as they are.
ConvShape flattened(ConvShape shape);

/// Where the words of a channel are read from: the image itself, or a padded copy of the rows in use. There
/// rows and columns are sorted by their remainders modulo the strides, one plane for each pair of remainders,
/// so that neighboring output pixels always read neighboring words.
class Strip {
 public:
  /// For pieces of at most `out_rows` output rows. `copied`: a copy is made even where pixels could be read
  /// from the image.
  Strip(const ConvShape& shape, std::size_t out_rows, bool copied = false);

  /// Pixels are read where they lie: no padding, and neighbors are neighbors.
  bool in_place() const { return in_place_; }
  /// Words of the copy.
  std::size_t words() const { return in_place_ ? 0 : plane_ * shape_.stride_height * shape_.stride_width; }
  /// Words from an output row to the next.
  std::size_t row() const { return row_; }

  /// Of output pixel (y, x), y counted from the first row of the strip, when the tap's offset is added.
  std::size_t pixel(std::size_t y, std::size_t x) const { return y * row_ + x; }
  const std::vector<std::size_t>& taps() const { return taps_; }

  /// Of output row `first` the first word in the image, where it is read in place.
  std::size_t start(std::size_t first) const { return first * row_; }

  /// Fills a copy with pads. They stay where they are for all channels of the same rows.
  void prepare(std::uint32_t pad, std::uint32_t* to) const;
  /// Copies what output rows first … last of one channel read inside the image.
  void copy(const ConvKernels& kernels, const std::uint32_t* channel, std::size_t first, std::size_t last,
            std::uint32_t* to) const;

 private:
  struct Rows {
    const std::uint32_t* from;
    std::size_t count;
    std::uint32_t* to;
  };
  void copy_rows(const ConvKernels& kernels, const Rows& rows) const;

  ConvShape shape_;
  bool in_place_;
  /// Of the copy: columns and words of a plane.
  std::size_t columns_, plane_, row_;
  std::vector<std::size_t> taps_;
  std::vector<bool> used_rows_;
};
