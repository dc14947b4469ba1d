#include "pixelBlocks.h"

#include <algorithm>

#include "../roundUp.h"

namespace {

/// What a block's copy may take: it stays in the second-level cache while all weights pass by.
constexpr std::size_t block_words = 96 * 1024;
/// Vectors of an image whose taps are copied one by one, at most, where weights have zero blocks and so read
/// each copy few times, and where they have none; and the words of all copies.
constexpr std::size_t few_vectors = 4, few_vectors_dense = 13, tap_words = 192 * 1024;
/// Pixels of a block that is read from the image itself.
constexpr std::size_t image_pixels = 2048;

/// One tap at every pixel, or at every other one.
bool picks_pixels(const ConvShape& s) {
  return s.taps() == 1 && s.pad_top == 0 && s.pad_left == 0 && s.stride_width <= 2 &&
         (s.out_height - 1) * s.stride_height < s.height && (s.out_width - 1) * s.stride_width < s.width;
}

/// About equally long blocks of at most `most`, and multiples of `step`.
std::size_t block_length(std::size_t all, std::size_t most, std::size_t step) {
  const std::size_t blocks = ceil_div(all, std::max(most / step * step, step));
  return round_up(ceil_div(all, blocks), step);
}

/// Pixels of blocks of rows of which one takes so many words, and two so many.
std::size_t rows_length(const ConvShape& s, std::size_t one, std::size_t two) {
  const std::size_t row = std::max<std::size_t>(two - one, 1);
  return block_length(s.out_height, one >= block_words ? 1 : 1 + (block_words - one) / row, 1) * s.out_width;
}

std::size_t strip_length(const ConvShape& s) {
  return rows_length(s, s.channels * Strip(s, 1, true).words(), s.channels * Strip(s, 2, true).words());
}

/// A wider kernel would have more copies than its rows' pads cost. What lies outside is 0 in them.
bool takes_shifted_rows(const ConvInput& input) {
  return input.pad == 0 && input.shape.kernel_width > 1 && input.shape.kernel_width <= 3;
}

std::size_t shifted_length(const ConvShape& s) {
  return rows_length(s, s.channels * ShiftedRows(s, 1).words(), s.channels * ShiftedRows(s, 2).words());
}

}  // namespace

PixelBlocks::PixelBlocks(const ConvInput& input, const QBlockKernel& kernel, bool is_dense)
    : input_(input),
      shape_(flattened(input.shape)),
      lanes_(kernel.size.lanes),
      lone_for_(kernel.takes_lone_pixels ? kernel.size.columns : 0),
      strip_(shape_, 1, true) {
  const ConvShape& s = shape_;
  const std::size_t lanes = lanes_, few = is_dense ? few_vectors_dense : few_vectors;
  if (s.is_pointwise() && s.pixels() % lanes == 0) {
    source_ = Source::image;
    length_ = block_length(s.pixels(), image_pixels, lanes);
  } else if (picks_pixels(s)) {
    source_ = Source::planes;
    length_ = block_length(s.pixels(), block_words / std::max<std::size_t>(s.channels, 1),
                           s.is_pointwise() ? lanes : s.out_width);
  } else if (takes_shifted_rows(input)) {
    source_ = Source::shifted;
    length_ = shifted_length(s);
    shifted_.emplace(s, length_ / s.out_width);
  } else if (s.pixels() <= few * lanes && s.depth() * round_up(s.pixels(), lanes) <= tap_words) {
    source_ = Source::taps;
    length_ = s.pixels();
    fill_ = conv_fill(input.shape, input.image, input.item_step, input.pad, panel());
  } else {
    source_ = Source::strip;
    length_ = strip_length(s);
    strip_ = Strip(s, length_ / s.out_width, true);
  }
  count_ = ceil_div(s.pixels(), length_);
}

/// Words from plane to plane of what is read.
std::size_t PixelBlocks::plane_words() const {
  if (source_ == Source::image) return shape_.pixels();
  if (source_ == Source::shifted) return shifted_->words();
  return source_ == Source::strip ? strip_.words() : round_up(length_, lanes_);
}

std::size_t PixelBlocks::most_vectors() const {
  const std::size_t rows = source_ == Source::strip ? length_ / shape_.out_width : 0;
  return ceil_div(std::max(length_, rows * strip_.row()), lanes_) + (lone_for_ > 0 ? lanes_ : 0);
}

/// The last vector may reach beyond its rows. Words that are skipped go behind the planes, a filler's
/// own behind the taps.
std::size_t PixelBlocks::copied_words() const {
  if (source_ == Source::image) return 0;
  if (source_ == Source::taps)
    return shape_.depth() * plane_words() + (conv_scratch(input_.shape, panel()) + 3) / 4;
  if (source_ == Source::shifted) return shape_.channels * plane_words() + lanes_ + shifted_->scratch_words();
  return shape_.channels * plane_words() + (source_ == Source::planes ? length_ : lanes_);
}

std::size_t PixelBlocks::tap_offset(std::size_t tap) const {
  if (source_ == Source::shifted) return shifted_->taps()[tap];
  return source_ == Source::strip ? strip_.taps()[tap] : 0;
}

void PixelBlocks::fill_table(std::uint32_t* table) const {
  const std::size_t taps = source_ == Source::taps ? 1 : shape_.taps(), plane = plane_words();
  for (std::size_t k = 0; k < shape_.depth(); ++k) {
    const std::size_t tap = tap_offset(k % taps);
    table[k] = static_cast<std::uint32_t>(k / taps * plane + tap);
  }
}

void PixelBlocks::copy_planes(const std::uint32_t* image, Range pixels, std::uint32_t* to) const {
  const ConvShape& s = shape_;
  const ConvKernels& kernels = conv_kernels();
  const std::size_t plane = s.height * s.width, step = plane_words();
  if (s.is_pointwise())
    return kernels.rows({image + pixels.first, plane}, s.channels, pixels.count, to, step);
  const std::size_t rows = pixels.count / s.out_width, reach = (s.out_width - 1) * s.stride_width + 1;
  image += pixels.first / s.out_width * s.stride_height * s.width;
  for (std::size_t c = 0; c < s.channels; ++c) {
    const WordRows from{image + c * plane, s.width * s.stride_height};
    if (s.stride_width == 1) {
      kernels.rows(from, rows, reach, to + c * step, s.out_width);
    } else {
      kernels.split(from, rows, reach, to + c * step, to + s.channels * step, s.out_width);
    }
  }
}

void PixelBlocks::copy_shifted(const std::uint32_t* image, Range pixels, std::uint32_t* to) const {
  const std::size_t plane = shape_.height * shape_.width, step = plane_words();
  const std::size_t first = pixels.first / shape_.out_width, rows = pixels.count / shape_.out_width;
  for (std::size_t c = 0; c < shape_.channels; ++c) {
    shifted_->copy(conv_kernels(), {image + c * plane, nullptr, shape_.height}, first, first + rows - 1,
                   to + c * step, to + shape_.channels * step + lanes_);
  }
}

void PixelBlocks::copy_strip(const std::uint32_t* image, Range pixels, std::uint32_t* to) const {
  const std::size_t plane = shape_.height * shape_.width, step = plane_words();
  const std::size_t first = pixels.first / shape_.out_width, rows = pixels.count / shape_.out_width;
  std::fill_n(to, shape_.channels * step, input_.pad);
  for (std::size_t c = 0; c < shape_.channels; ++c)
    strip_.copy(conv_kernels(), image + c * plane, first, first + rows - 1, to + c * step);
}

PixelVectors PixelBlocks::vectors(std::size_t item, std::size_t block, std::uint32_t* copied,
                                  PixelVector* to) const {
  const Range pixels{block * length_, std::min(length_, shape_.pixels() - block * length_)};
  const auto* image = static_cast<const std::uint32_t*>(input_.image) + item * input_.item_step;
  if (source_ == Source::planes) copy_planes(image, pixels, copied);
  if (source_ == Source::shifted) copy_shifted(image, pixels, copied);
  if (source_ == Source::strip) copy_strip(image, pixels, copied);
  if (source_ == Source::taps) fill_(item, 0, 1, copied, copied + shape_.depth() * plane_words());
  if (source_ == Source::strip)
    return vectors_of_rows({copied, pixels.first, pixels.count}, shape_.out_width, strip_.row(), lanes_, to);
  return vectors_in_line(
      {source_ == Source::image ? image + pixels.first : copied, pixels.first, pixels.count}, lanes_,
      lone_for_, to);
}
