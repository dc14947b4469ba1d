#include "shiftedRows.h"

#include <algorithm>

#include "../roundUp.h"

ShiftedRows::ShiftedRows(const ConvShape& s, std::size_t out_rows)
    : shape_(s),
      rows_(std::min(out_rows, s.out_height) + (s.kernel_height - 1) * s.dilation_height / s.stride_height),
      plane_(rows_ * s.out_width),
      line_(ceil_div(s.width, 16 * s.stride_width) * 16),
      half_(rows_ * line_) {
  const auto index_of = [&](std::size_t phase) {
    return static_cast<std::size_t>(std::find(phases_.begin(), phases_.end(), phase) - phases_.begin());
  };
  for (std::size_t i = 0; i < s.kernel_height; ++i) {
    const std::size_t phase = i * s.dilation_height % s.stride_height;
    if (index_of(phase) == phases_.size()) phases_.push_back(phase);
  }
  for (std::size_t i = 0; i < s.kernel_height; ++i) {
    const std::size_t y = i * s.dilation_height, phase = index_of(y % s.stride_height);
    for (std::size_t j = 0; j < s.kernel_width; ++j)
      taps_.push_back((j * phases_.size() + phase) * plane_ + y / s.stride_height * s.out_width);
  }
  for (std::size_t j = 0; j < s.kernel_width; ++j) columns_.push_back(column(j * s.dilation_width));
}

ShiftedRows::Column ShiftedRows::column(std::size_t offset) const {
  const ConvShape& s = shape_;
  // Before the image: the first pixels that read inside it.
  const std::size_t outside = offset < s.pad_left ? s.pad_left - offset : 0;
  const std::size_t left = std::min(ceil_div(outside, s.stride_width), s.out_width);
  const std::size_t first = left * s.stride_width + offset - s.pad_left;  // column of the image
  const std::size_t inside = first < s.width ? ceil_div(s.width - first, s.stride_width) : 0;
  return {first % s.stride_width, first / s.stride_width, left, std::min(inside, s.out_width - left)};
}

/// The rows with their columns sorted by remainders: those of remainder p stand p * half_ words behind the
/// first.
WordRows ShiftedRows::sorted(const ConvKernels& kernels, const WordRows& rows, std::size_t count,
                             std::uint32_t* scratch) const {
  const std::size_t stride = shape_.stride_width;
  if (stride == 1) return rows;
  if (stride == 2) {
    kernels.split(rows, count, shape_.width, scratch, scratch + half_, line_);
  } else {
    for (std::size_t r = 0; r < count; ++r) {
      for (std::size_t x = 0; x < shape_.width; ++x)
        scratch[x % stride * half_ + r * line_ + x / stride] = rows.data[r * rows.step + x];
    }
  }
  return {scratch, line_};
}

/// `count` rows to `to`, once for each column of the kernel.
void ShiftedRows::copy_rows(const ConvKernels& kernels, const WordRows& rows, std::size_t count,
                            std::uint32_t* to, std::uint32_t* scratch) const {
  const ConvShape& s = shape_;
  const WordRows from = sorted(kernels, rows, count, scratch);
  for (const Column& c : columns_) {
    kernels.padded({from.data + c.phase * half_ * (s.stride_width > 1) + c.start, from.step}, count,
                   {c.left, c.count, s.out_width}, to);
    to += phases_.size() * plane_;
  }
}

void ShiftedRows::copy(const ConvKernels& kernels, const ImagePlane& channel, std::size_t first,
                       std::size_t last, std::uint32_t* to, std::uint32_t* scratch) const {
  const ConvShape& s = shape_;
  const std::size_t stride = s.stride_height, origin = first * stride;
  const std::size_t reach = (last - first) * stride + (s.kernel_height - 1) * s.dilation_height + 1;
  for (std::size_t p = 0; p < phases_.size(); ++p, to += plane_) {
    // Row i is row start + i * stride of the padded image.
    const std::size_t start = origin + phases_[p], rows = ceil_div(reach - phases_[p], stride);
    const auto rows_above = [&](std::size_t y) {
      return std::min(rows, start < s.pad_top + y ? ceil_div(s.pad_top + y - start, stride) : 0);
    };
    const std::size_t before = rows_above(0), middle = rows_above(channel.middle), end = rows_above(s.height);
    for (std::size_t j = 0; j < s.kernel_width; ++j) {
      std::uint32_t* plane = to + j * phases_.size() * plane_;
      std::fill(plane, plane + before * s.out_width, 0u);
      std::fill(plane + end * s.out_width, plane + rows * s.out_width, 0u);
    }
    // Rows i … last - 1, where row y0 of the image is at `at`.
    const auto copy_until = [&](std::size_t i, std::size_t last, const std::uint32_t* at, std::size_t y0) {
      if (i >= last) return;
      const std::uint32_t* row = at + (start + i * stride - s.pad_top - y0) * s.width;
      copy_rows(kernels, {row, s.width * stride}, last - i, to + i * s.out_width, scratch);
    };
    copy_until(before, middle, channel.rows, 0);
    copy_until(middle, end, channel.lower, channel.middle);
  }
}
