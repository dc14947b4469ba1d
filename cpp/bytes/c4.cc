#include "c4.h"

#include <algorithm>

#include "../roundUp.h"
#include "../threadPool.h"
#include "bytes.h"

namespace {

/// Pixels that are turned at once, in memory on the stack.
constexpr std::size_t strip = 1024;

/// Calls body(image's first channel row, plane, channels in it, first pixel, pixels) for all strips.
template <class Body>
void for_strips(const Work& work, const C4Image& image, Body body) {
  const std::size_t strips = ceil_div(image.pixels, strip);
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
