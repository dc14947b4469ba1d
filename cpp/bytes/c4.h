#pragma once
#include <cstddef>
#include <cstdint>

#include "../pooling/pooling.h"
#include "../quantize/quantize.h"

struct Work;

/// Images [images, channels, pixels] as planes of four channels, [ceil(channels / 4)][pixels][4] bytes an
/// image. Channels beyond the last are 0.
struct C4Image {
  std::size_t images, channels, pixels;

  std::size_t planes() const { return (channels + 3) / 4; }
  std::size_t bytes() const { return images * planes() * pixels * 4; }
};

/// From rows of bytes, each byte with `flip` (0 or 128) exclusive-or, and back.
void c4_pack(const Work& work, const C4Image& image, const std::uint8_t* rows, std::uint8_t flip,
             std::uint8_t* c4);
void c4_unpack(const Work& work, const C4Image& image, const std::uint8_t* c4, std::uint8_t flip,
               std::uint8_t* rows);

/// From floats, q = saturate(roundHalfEven(x / scale) + zero_point), and back, (q - zero_point) * scale.
void c4_quantize(const Work& work, const C4Image& image, const float* rows, const QuantizeRule& rule,
                 std::uint8_t* c4);
void c4_dequantize(const Work& work, const C4Image& image, const std::uint8_t* c4, const DequantizeRule& rule,
                   float* rows);

/// The average over windows: saturate(roundHalfEven((sum - count * x_zero) * multiplier / count) + zero).
struct C4Average {
  PoolSpec spec;
  float multiplier;
  std::int32_t x_zero, zero;
};

void c4_average(const Work& work, std::size_t planes, const C4Average& pool, const std::uint8_t* x,
                std::uint8_t* y);
