#include "strip.h"

#include <algorithm>

#include "../roundUp.h"

ConvShape flattened(ConvShape s) {
  if (!s.is_pointwise()) return s;
  s.width = s.out_width = s.height * s.width;
  s.height = s.out_height = 1;
  return s;
}

namespace {

/// Input rows or columns that so many outputs read.
std::size_t reach(std::size_t outputs, std::size_t kernel, std::size_t stride, std::size_t dilation) {
  return (outputs - 1) * stride + (kernel - 1) * dilation + 1;
}

}  // namespace

Strip::Strip(const ConvShape& s, std::size_t out_rows, bool copied) : shape_(s), used_rows_(s.stride_height) {
  const std::size_t width = reach(s.out_width, s.kernel_width, s.stride_width, s.dilation_width);
  const std::size_t height = reach(s.out_height, s.kernel_height, s.stride_height, s.dilation_height);
  in_place_ = !copied && s.pad_top == 0 && s.pad_left == 0 && width <= s.width && height <= s.height &&
              s.stride_width == 1;
  columns_ = ceil_div(width, s.stride_width);
  plane_ = columns_ * ceil_div(reach(std::min(out_rows, s.out_height), s.kernel_height, s.stride_height,
                                     s.dilation_height),
                               s.stride_height);
  row_ = in_place_ ? s.width * s.stride_height : columns_;
  for (std::size_t i = 0; i < s.kernel_height; ++i) {
    const std::size_t y = i * s.dilation_height, row = y % s.stride_height;
    used_rows_[row] = true;
    for (std::size_t j = 0; j < s.kernel_width; ++j) {
      const std::size_t x = j * s.dilation_width, column = x % s.stride_width;
      taps_.push_back(in_place_ ? y * s.width + x
                                : (row * s.stride_width + column) * plane_ + y / s.stride_height * columns_ +
                                      x / s.stride_width);
    }
  }
}

void Strip::prepare(std::uint32_t pad, std::uint32_t* to) const { std::fill_n(to, words(), pad); }

void Strip::copy(const ConvKernels& kernels, const std::uint32_t* channel, std::size_t first,
                 std::size_t last, std::uint32_t* to) const {
  const ConvShape& s = shape_;
  // Row r of the strip is row first * stride + r - pad of the image.
  const std::size_t origin = first * s.stride_height;
  const std::size_t before = origin < s.pad_top ? s.pad_top - origin : 0;
  const std::size_t end =
      std::min(reach(last - first + 1, s.kernel_height, s.stride_height, s.dilation_height),
               s.height + s.pad_top - std::min(origin, s.height + s.pad_top));
  for (std::size_t phase = 0; phase < s.stride_height; ++phase) {
    if (!used_rows_[phase]) continue;
    const std::size_t index = before > phase ? ceil_div(before - phase, s.stride_height) : 0;
    const std::size_t r = phase + index * s.stride_height;
    if (r >= end) continue;
    copy_rows(kernels, {channel + (origin + r - s.pad_top) * s.width, ceil_div(end - r, s.stride_height),
                        to + phase * s.stride_width * plane_ + index * columns_});
  }
}

void Strip::copy_rows(const ConvKernels& kernels, const Rows& rows) const {
  const ConvShape& s = shape_;
  const std::size_t stride = s.stride_width, left = s.pad_left, from_step = s.width * s.stride_height;
  if (left >= columns_ * stride) return;
  const std::size_t count = std::min(s.width, columns_ * stride - left);
  if (stride == 1) return kernels.rows({rows.from, from_step}, rows.count, count, rows.to + left, columns_);
  if (stride == 2) {
    std::uint32_t* even = rows.to + left % 2 * plane_ + left / 2;
    std::uint32_t* odd = rows.to + (left + 1) % 2 * plane_ + (left + 1) / 2;
    return kernels.split({rows.from, from_step}, rows.count, count, even, odd, columns_);
  }
  for (std::size_t r = 0; r < rows.count; ++r) {
    for (std::size_t x = 0; x < count; ++x) {
      rows.to[(left + x) % stride * plane_ + r * columns_ + (left + x) / stride] =
          rows.from[r * from_step + x];
    }
  }
}
