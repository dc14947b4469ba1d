#include "c4.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "../threadPool.h"
#include "bytes.h"

namespace {

/// Pixels that are turned at once, in memory on the stack.
constexpr std::size_t strip = 1024;

/// Calls body(image's first channel row, plane, channels in it, first pixel, pixels) for all strips.
template <class Body>
void for_strips(const Work& work, const C4Image& image, Body body) {
  const std::size_t strips = (image.pixels + strip - 1) / strip;
  work.for_each(image.images * image.planes() * strips, [&](std::size_t k) {
    const std::size_t plane = k / strips, from = (k % strips) * strip;
    const std::size_t channel = plane % image.planes() * 4;
    const std::size_t row = (plane / image.planes() * image.channels + channel) * image.pixels;
    body(row + from, plane * image.pixels + from, std::min<std::size_t>(4, image.channels - channel),
         std::min(strip, image.pixels - from));
  });
}

}  // namespace

void c4_pack(const Work& work, const C4Image& image, const std::uint8_t* rows, std::uint8_t flip,
             std::uint8_t* c4) {
  const std::uint32_t flips = flip * 0x01010101u;
  for_strips(work, image, [&](std::size_t row, std::size_t word, std::size_t channels, std::size_t n) {
    static constexpr std::uint8_t zeros[strip] = {};
    const std::uint8_t* from[4] = {zeros, zeros, zeros, zeros};
    std::uint32_t mask = 0;
    for (std::size_t c = 0; c < channels; ++c) {
      from[c] = rows + row + c * image.pixels;
      mask |= 0xffu << (8 * c);
    }
    auto* const words = reinterpret_cast<std::uint32_t*>(c4) + word;
    byte_kernels().interleave(from, n, words);
    if (flip == 0) return;
    for (std::size_t i = 0; i < n; ++i) words[i] ^= flips & mask;
  });
}

void c4_unpack(const Work& work, const C4Image& image, const std::uint8_t* c4, std::uint8_t flip,
               std::uint8_t* rows) {
  for_strips(work, image, [&](std::size_t row, std::size_t word, std::size_t channels, std::size_t n) {
    std::uint8_t spare[4][strip];
    std::uint8_t* const to[4] = {spare[0], spare[1], spare[2], spare[3]};
    byte_kernels().deinterleave(reinterpret_cast<const std::uint32_t*>(c4) + word, n, to);
    for (std::size_t c = 0; c < channels; ++c) {
      std::uint8_t* const into = rows + row + c * image.pixels;
      for (std::size_t i = 0; i < n; ++i) into[i] = static_cast<std::uint8_t>(to[c][i] ^ flip);
    }
  });
}

void c4_quantize(const Work& work, const C4Image& image, const float* rows, const QuantizeRule& rule,
                 std::uint8_t* c4) {
  for_strips(work, image, [&](std::size_t row, std::size_t word, std::size_t channels, std::size_t n) {
    std::uint8_t spare[4][strip] = {};
    for (std::size_t c = 0; c < channels; ++c) {
      quantize_kernels().run8(rows + row + c * image.pixels, n, rule, spare[c]);
    }
    const std::uint8_t* const from[4] = {spare[0], spare[1], spare[2], spare[3]};
    byte_kernels().interleave(from, n, reinterpret_cast<std::uint32_t*>(c4) + word);
  });
}

void c4_dequantize(const Work& work, const C4Image& image, const std::uint8_t* c4, const DequantizeRule& rule,
                   float* rows) {
  for_strips(work, image, [&](std::size_t row, std::size_t word, std::size_t channels, std::size_t n) {
    std::uint8_t spare[4][strip];
    std::uint8_t* const to[4] = {spare[0], spare[1], spare[2], spare[3]};
    byte_kernels().deinterleave(reinterpret_cast<const std::uint32_t*>(c4) + word, n, to);
    for (std::size_t c = 0; c < channels; ++c) {
      quantize_kernels().back8(to[c], n, rule, rows + row + c * image.pixels);
    }
  });
}

namespace {

std::size_t taps_inside(const WindowAxis& axis, std::size_t o, bool counts_padding, std::int64_t end_pad) {
  const std::int64_t from = counts_padding ? -axis.pad : 0;
  const std::int64_t to = static_cast<std::int64_t>(axis.in) + (counts_padding ? end_pad : 0);
  std::size_t count = 0;
  for (std::size_t k = 0; k < axis.kernel; ++k) count += axis.at(o, k) >= from && axis.at(o, k) < to;
  return count;
}

/// Calls tap(first word read, stride, outputs, first output) for all taps of an output row that lie inside.
template <class Tap>
void for_taps(const Window& window, std::size_t o, Tap tap) {
  const auto& [height, width] = window;
  for (std::size_t i = 0; i < height.kernel; ++i) {
    const std::int64_t at = height.at(o, i);
    if (at < 0 || at >= static_cast<std::int64_t>(height.in)) continue;
    for (std::size_t j = 0; j < width.kernel; ++j) {
      const std::size_t first = width.first(j), last = width.last(j);
      if (first >= last) continue;
      const auto from =
          static_cast<std::size_t>(at) * width.in + static_cast<std::size_t>(width.at(first, j));
      tap(4 * from, width.stride, last - first, 4 * first);
    }
  }
}

void average_row(const C4Pool& pool, std::size_t o, const std::int32_t* sums, const std::int32_t* reads,
                 std::uint8_t* y) {
  const auto& [height, width] = pool.spec.window;
  const bool counts = pool.spec.counts_padding;
  const std::size_t rows = taps_inside(height, o, counts, pool.spec.end_pad_height);
  for (std::size_t x = 0; x < width.out; ++x) {
    const auto count = static_cast<float>(rows * taps_inside(width, x, counts, pool.spec.end_pad_width));
    for (std::size_t e = 0; e < 4; ++e) {
      const auto sum = static_cast<float>(sums[4 * x + e] - reads[x] * pool.x_zero);
      const float q = std::nearbyint(sum * pool.multiplier / count) + static_cast<float>(pool.zero);
      y[4 * x + e] = static_cast<std::uint8_t>(std::clamp(q, 0.0f, 255.0f));
    }
  }
}

}  // namespace

void c4_pool(const Work& work, std::size_t planes, const C4Pool& pool, const std::uint8_t* x,
             std::uint8_t* y) {
  const auto& [height, width] = pool.spec.window;
  const bool whole = pool.spec.kind == Pooling::average && height.out * width.out == 1 && height.pad == 0 &&
                     width.pad == 0 && height.kernel == height.in && width.kernel == width.in;
  work.for_each(planes, [&](std::size_t p) {
    const std::uint8_t* const plane = x + 4 * p * height.in * width.in;
    std::uint8_t* row = y + 4 * p * height.out * width.out;
    std::vector<std::int32_t> sums(4 * width.out), reads(width.out);
    for (std::size_t o = 0; o < height.out; ++o, row += 4 * width.out) {
      if (pool.spec.kind == Pooling::max) {
        std::fill_n(row, 4 * width.out, std::uint8_t{0});
        for_taps(pool.spec.window, o,
                 [&](std::size_t from, std::size_t stride, std::size_t n, std::size_t to) {
                   byte_kernels().max(plane + from, stride, n, row + to);
                 });
        continue;
      }
      if (whole) {
        byte_kernels().sum(plane, 4 * height.in * width.in, sums.data());
        reads[0] = static_cast<std::int32_t>(height.in * width.in);
        average_row(pool, o, sums.data(), reads.data(), row);
        continue;
      }
      std::fill(sums.begin(), sums.end(), 0);
      std::fill(reads.begin(), reads.end(), 0);
      for_taps(pool.spec.window, o, [&](std::size_t from, std::size_t stride, std::size_t n, std::size_t to) {
        byte_kernels().add(plane + from, stride, n, sums.data() + to);
        for (std::size_t i = 0; i < n; ++i) ++reads[to / 4 + i];
      });
      average_row(pool, o, sums.data(), reads.data(), row);
    }
  });
}
