#include "tileRows.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "../gemm/gemm.h"

void WinogradRows::transform(std::size_t image, std::size_t channel, std::size_t row, std::size_t at,
                             std::size_t tiles, float* scratch) const {
  const ConvShape& s = w_.shape;
  const float* plane = w_.x + (image * s.channels + channel) * s.height * s.width;
  float* const lines = scratch;
  for (std::size_t i = 0; i < plan_.inputs; ++i) {
    const std::ptrdiff_t y = static_cast<std::ptrdiff_t>(row * plan_.tile + i - s.pad_top);
    copy_line(y >= 0 && y < static_cast<std::ptrdiff_t>(s.height) ? plane + y * s.width : nullptr,
              lines + i * plan_.line);
  }
  const float* columns[6];
  const std::size_t step = split_columns(lines, columns);
  float* to = workspace_ + plan_.transformed + channel * tiles + at;
  (is_four() ? kernels_.input_four : kernels_.input_two)(columns, step, plan_.across, to, s.channels * tiles);
}

void WinogradRows::copy_line(const float* row, float* to) const {
  const ConvShape& s = w_.shape;
  const std::size_t length = plan_.across * plan_.tile + 2;
  if (!row) return static_cast<void>(std::fill_n(to, length, 0.0f));
  const std::size_t left = std::min(s.pad_left, length), copied = std::min(s.width, length - left);
  std::fill_n(to, left, 0.0f);
  std::memcpy(to + left, row, copied * sizeof(float));
  std::fill_n(to + left + copied, length - left - copied, 0.0f);
}

std::size_t WinogradRows::split_columns(float* lines, const float** columns) const {
  const split_word_rows& split = *conv_kernels().split;
  const std::size_t length = plan_.across * plan_.tile + 2;
  const auto halve = [&](const float* from, std::size_t from_step, std::size_t count, float* even, float* odd,
                         std::size_t step) {
    split({reinterpret_cast<const std::uint32_t*>(from), from_step}, plan_.inputs, count,
          reinterpret_cast<std::uint32_t*>(even), reinterpret_cast<std::uint32_t*>(odd), step);
  };
  float* const even = lines + plan_.inputs * plan_.line;
  float* const odd = even + plan_.inputs * plan_.line;
  halve(lines, plan_.line, length, even, odd, plan_.line);
  if (!is_four()) {
    for (std::size_t j = 0; j < 4; ++j) columns[j] = (j % 2 == 0 ? even : odd) + j / 2;
    return plan_.line;
  }
  float* const fourth = odd + plan_.inputs * plan_.line;
  const std::size_t part = plan_.inputs * plan_.split;
  halve(even, plan_.line, length / 2, fourth, fourth + 2 * part, plan_.split);
  halve(odd, plan_.line, length / 2, fourth + part, fourth + 3 * part, plan_.split);
  for (std::size_t j = 0; j < 6; ++j) columns[j] = fourth + j % 4 * part + j / 4;
  return plan_.split;
}

void WinogradRows::store(std::size_t image, std::size_t output, std::size_t row, std::size_t at,
                         std::size_t tiles, float* scratch) const {
  const ConvShape& s = w_.shape;
  const float* from = workspace_ + plan_.products + output * tiles + at;
  (is_four() ? kernels_.output_four : kernels_.output_two)(from, w_.outputs * tiles, plan_.across, scratch,
                                                           plan_.line);
  const std::size_t y = row * plan_.tile, rows = std::min(plan_.tile, s.out_height - y);
  const float bias = w_.bias ? w_.bias[output] : 0.0f;
  const float row_bias[4] = {bias, bias, bias, bias};
  const GemmKernels& finish = gemm_kernels();
  const std::size_t start = ((image * w_.outputs + output) * s.out_height + y) * s.out_width;
  for (std::size_t x = 0; x < s.out_width; x += finish.size.columns) {
    const std::size_t columns = std::min(finish.size.columns, s.out_width - x);
    const TileEpilogue epilogue{row_bias, nullptr, w_.residual ? w_.residual + start + x : nullptr,
                                s.out_width, w_.activation};
    finish.store(scratch + x, plan_.line, rows, columns, epilogue, w_.c + start + x, s.out_width);
  }
}
