#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

#include "../cpu.h"
#include "../panels/panels.h"

/// A run of neighboring words: to[to … to + length) = from[from …).
struct WordRun {
  std::uint32_t from, to, length;
};

/// Copies runs that follow one another in `to` without gaps, once for each tap: those of tap t from
/// from + taps[t] to to + t * to_step.
using copy_word_runs = void(const std::uint32_t* from, const std::size_t* taps, std::size_t tap_count,
                            const WordRun* runs, std::size_t run_count, std::uint32_t* to,
                            std::size_t to_step);

/// Rows of words in memory, `step` apart.
struct WordRows {
  const std::uint32_t* data;
  std::size_t step;
};

/// to[r * to_step + i] = from[r, i] for r < rows, i < count.
using copy_word_rows = void(const WordRows& from, std::size_t rows, std::size_t count, std::uint32_t* to,
                            std::size_t to_step);

/// Splits each row: words 0, 2, 4 … of it go to `even`, words 1, 3, 5 … to `odd`.
using split_word_rows = void(const WordRows& from, std::size_t rows, std::size_t count, std::uint32_t* even,
                             std::uint32_t* odd, std::size_t to_step);

/// A row of `length` words: `left` zeros, then `count` words, then zeros.
struct PaddedRow {
  std::size_t left, count, length;
};

/// Copies rows to padded ones that stand one behind the other.
using copy_padded_rows = void(const WordRows& from, std::size_t rows, const PaddedRow& padded,
                              std::uint32_t* to);

struct ConvKernels {
  cpu::Isa isa;
  copy_word_runs* copy;
  copy_word_rows* rows;
  split_word_rows* split;
  copy_padded_rows* padded;
};

#define KERNEL(isa)                      \
  copy_word_runs copy_word_runs_##isa;   \
  copy_word_rows copy_word_rows_##isa;   \
  split_word_rows split_word_rows_##isa; \
  copy_padded_rows copy_padded_rows_##isa;
#include "kernels.inc"
#undef KERNEL

std::span<const ConvKernels> conv_variants();
const ConvKernels& conv_kernels();

/// A two-dimensional convolution of one group of one image (one dimension: height = 1). Channels are words of
/// 4 bytes: float32 planes, or planes of 4 interleaved 8-bit channels. Pads at the bottom and on the right
/// follow from the output's size. All sizes below 2^31.
struct ConvShape {
  std::size_t channels, height, width;
  std::size_t kernel_height = 1, kernel_width = 1;
  std::size_t stride_height = 1, stride_width = 1;
  std::size_t dilation_height = 1, dilation_width = 1;
  std::size_t pad_top = 0, pad_left = 0;
  std::size_t out_height, out_width;

  std::size_t taps() const { return kernel_height * kernel_width; }
  std::size_t depth() const { return channels * taps(); }
  std::size_t pixels() const { return out_height * out_width; }
  /// One tap at every pixel: channels of the image are the rows of the product's right operand.
  bool is_pointwise() const {
    return taps() == 1 && stride_height == 1 && stride_width == 1 && pad_top == 0 && pad_left == 0 &&
           out_height == height && out_width == width;
  }
};

/// Panels of output pixels for a product whose left operand are the weights [m][channels][kernel_height]
/// [kernel_width]: inner index k = (channel, row of the kernel, column of the kernel). What lies outside the
/// image reads as `pad`. Item i's planes start at image + i * item_step words.
FillPanels conv_fill(const ConvShape& shape, const void* image, std::size_t item_step, std::uint32_t pad,
                     const TileSize& size, const ConvKernels& kernels = conv_kernels());

/// Bytes of scratch that conv_fill needs.
std::size_t conv_scratch(const ConvShape& shape, const TileSize& size);
