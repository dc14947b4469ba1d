#include "tiles.h"

#include <cmath>

namespace {

template <class T>
T* moved(T* from, std::size_t by) {
  return from ? from + by : nullptr;
}

void store_sums(const TileTarget& g, const FinishedTile& t, std::size_t channel) {
  const std::int32_t* bias = moved(g.requantize.bias, channel);
  auto* c = static_cast<std::int32_t*>(g.c) + t.item * g.item_step + t.row * g.stride + t.column;
  for (std::size_t i = 0; i < t.rows; ++i) {
    for (std::size_t j = 0; j < t.columns; ++j) {
      const std::uint32_t share = bias ? static_cast<std::uint32_t>(bias[g.side == Side::left ? i : j]) : 0;
      c[i * g.stride + j] =
          static_cast<std::int32_t>(static_cast<std::uint32_t>(t.sums[i * t.width + j]) + share);
    }
  }
}

/// For a tile whose first channel and element these are.
Dequantize moved(Dequantize how, std::size_t channel, std::size_t at) {
  how.bias = moved(how.bias, channel);
  how.multiplier = moved(how.multiplier, channel);
  how.float_bias = moved(how.float_bias, channel);
  how.residual = moved(how.residual, at);
  return how;
}

void store_floats(const QGemmKernels& kernels, const TileTarget& g, const FinishedTile& t,
                  std::size_t channel) {
  const std::size_t at = t.item * g.item_step + t.row * g.stride + t.column;
  const Dequantize how = moved(g.dequantize, channel, at);
  kernels.store_f32(t.sums, t.width, t.rows, t.columns, how, g.side, static_cast<float*>(g.c) + at, g.stride);
}

void store_activated(const QGemmKernels& kernels, const TileTarget& g, const FinishedTile& t,
                     std::size_t channel) {
  const std::size_t at = t.item * g.item_step + t.row * g.stride + t.column;
  kernels.store_activated(t.sums, t.width, t.rows, t.columns, moved(g.dequantize, channel, at), g.to,
                          static_cast<std::uint8_t*>(g.c) + at, g.stride);
}

}  // namespace

bool multipliers_are_small(const Requantize& how, std::size_t channels) {
  bool small = true;
  for (std::size_t i = 0; i < channels; ++i) small = small && std::fabs(how.multiplier[i]) < 1;
  return small;
}

TileTarget& TileTarget::prepare() {
  if (output == Output::c4) requantize.small = multipliers_are_small(requantize, packed_items * channels);
  return *this;
}

void store_tile(const QGemmKernels& kernels, const TileTarget& g, const FinishedTile& t) {
  const std::size_t channel =
      t.item % g.packed_items * g.channels + (g.side == Side::left ? t.row : t.column);
  if (g.output == Output::s32) return store_sums(g, t, channel);
  if (g.output == Output::f32) return store_floats(kernels, g, t, channel);
  if (g.output == Output::activated) return store_activated(kernels, g, t, channel);
  const bool c4 = g.output == Output::c4;
  const std::size_t at =
      t.item * g.item_step + (c4 ? t.row / 4 * g.stride + t.column * 4 : t.row * g.stride + t.column);
  Requantize how = g.requantize;
  how.bias = moved(how.bias, channel);
  how.multiplier = moved(how.multiplier, channel);
  how.other = moved(how.other, at);
  (c4 ? kernels.store_c4 : kernels.store_rows)(t.sums, t.width, t.rows, t.columns, how,
                                               static_cast<std::uint8_t*>(g.c) + at, g.stride);
}
