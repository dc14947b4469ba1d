#include "pixelconv.h"

#include <algorithm>

#include "../memory/lines.h"
#include "../transpose/transpose.h"

namespace {

/// Taps of a row that lie inside of the image: first <= j < end; tap j reads column j * dilation - before.
struct Columns {
  std::size_t first, end, before;

  Columns(const ConvShape& s, std::size_t x) {
    const std::size_t at = x * s.stride_width;
    before = s.pad_left - at;  // may wrap: only sums with it count
    const std::size_t outside = s.pad_left > at ? s.pad_left - at : 0, right = s.width + s.pad_left;
    first = std::min(ceil_div(outside, s.dilation_width), s.kernel_width);
    const std::size_t inside = right > at ? (right - at - 1) / s.dilation_width + 1 : 0;
    end = std::max(first, std::min(inside, s.kernel_width));
  }
};

/// What the taps of pixel (y, x) read, in the order of the weights.
void fill_row(const ConvShape& s, const float* image, std::size_t y, std::size_t x, float* row) {
  const Columns columns(s, x);
  std::fill_n(row, s.depth(), 0.0f);
  for (std::size_t c = 0; c < s.channels; ++c, image += s.height * s.width) {
    for (std::size_t i = 0; i < s.kernel_height; ++i, row += s.kernel_width) {
      const std::size_t line = y * s.stride_height + i * s.dilation_height - s.pad_top;
      if (line >= s.height) continue;  // above the image it has wrapped
      const float* const from = image + line * s.width;
      for (std::size_t j = columns.first; j < columns.end; ++j)
        row[j] = from[j * s.dilation_width - columns.before];
    }
  }
}

std::size_t bytes_of_rows(const PixelConv& l) {
  return whole_lines(l.shape.pixels() * l.shape.depth() * sizeof(float));
}

}  // namespace

std::size_t pixel_conv_workspace(const PixelConv& l) {
  return bytes_of_rows(l) + whole_lines(l.shape.pixels() * l.m * sizeof(float));
}

void pixel_conv(const Work* work, const PixelConv& l, void* workspace, const GemvKernels& kernels) {
  const ConvShape& s = l.shape;
  const std::size_t pixels = s.pixels(), depth = s.depth();
  auto* const rows = static_cast<float*>(workspace);
  auto* const sums = reinterpret_cast<float*>(static_cast<std::byte*>(workspace) + bytes_of_rows(l));
  for (std::size_t image = 0; image < l.images; ++image) {
    const float* const x = l.x + image * s.channels * s.height * s.width;
    float* const y = l.y + image * l.m * pixels;
    for (std::size_t p = 0; p < pixels; ++p)
      fill_row(s, x, p / s.out_width, p % s.out_width, rows + p * depth);
    GemmEpilogue epilogue = l.epilogue;
    epilogue.bias_side = Side::right;
    if (epilogue.residual) {
      transpose(epilogue.residual + image * l.m * pixels, pixels, l.m, pixels, sums, l.m);
      epilogue.residual = sums;
    }
    for (std::size_t p = 0; p < pixels; p += most_gemv_rows) {
      const std::size_t count = std::min(most_gemv_rows, pixels - p);
      gemv(work, {count, l.m, depth, rows + p * depth, sums + p * l.m, epilogue}, l.weights,
           gemm_kernels().size.columns, kernels);
      if (epilogue.residual) epilogue.residual += count * l.m;
    }
    transpose(sums, l.m, pixels, l.m, y, pixels);
  }
}
