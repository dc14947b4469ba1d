#include <algorithm>
#include <cstring>

#include "../qgemm/qgemm.h"
#include "../threadPool.h"
#include "depthwise.h"
#include "planes.h"

std::size_t qdepthwise_packed_size(std::size_t channels, std::size_t taps) {
  return (channels + 3) / 4 * taps;
}

void qdepthwise_pack(const std::int8_t* weights, std::size_t channels, std::size_t taps, std::uint32_t* to,
                     std::int32_t* sums) {
  std::fill_n(to, qdepthwise_packed_size(channels, taps), 0u);
  for (std::size_t c = 0; c < channels; ++c) {
    std::int32_t sum = 0;
    for (std::size_t t = 0; t < taps; ++t) {
      const std::int8_t value = weights[c * taps + t];
      std::memcpy(reinterpret_cast<char*>(to + c / 4 * taps + t) + c % 4, &value, 1);
      sum += value;
    }
    if (sums) sums[c] = sum;
  }
}

namespace {

/// Bytes of four channels. Without another tensor the tile is stored as one row, over itself, and rows are
/// copied from there: a store has much to set up.
void store_bytes(const QDepthwise& d, std::size_t channel, std::size_t place, const PieceRows& rows,
                 std::uint32_t* tile) {
  const QGemmKernels& finish = qgemm_kernels();
  const auto* sums = reinterpret_cast<const std::int32_t*>(tile);
  const std::size_t inside = std::min<std::size_t>(4, d.channels - channel);
  Requantize how = d.requantize;
  if (how.bias) how.bias += channel;
  how.multiplier += channel;
  if (how.other) {
    for (std::size_t y = 0; y < rows.rows; ++y, place += rows.width * 4) {
      how.other = d.requantize.other + place;
      finish.store_c4(sums + y * rows.step, Planes::tile_step, inside, rows.width, how, d.c + place, 0);
    }
    return;
  }
  const std::size_t pixels = (rows.rows - 1) * rows.step + rows.width;
  if (rows.rows == 1) return finish.store_c4(sums, Planes::tile_step, inside, pixels, how, d.c + place, 0);
  finish.store_c4(sums, Planes::tile_step, inside, pixels, how, reinterpret_cast<std::uint8_t*>(tile), 0);
  conv_kernels().rows({tile, rows.step}, rows.rows, rows.width, reinterpret_cast<std::uint32_t*>(d.c + place),
                      rows.width);
}

/// Pieces of planes whose rows stay in the first-level cache.
void run_rows(const Work* work, const QDepthwise& d, depthwise_u8_rows* kernel) {
  constexpr std::size_t near = 16 * 1024;
  const ConvShape& s = d.shape;
  const std::size_t planes = d.images * ((d.channels + 3) / 4);
  const std::size_t rows = std::max<std::size_t>(near / (4 * s.width * s.stride_height), 8);
  const std::size_t cuts = std::max<std::size_t>(s.out_height / rows, 1);
  const auto piece = [&](std::size_t i) {
    const std::size_t cut = i % cuts;
    kernel(d, i / cuts, s.out_height * cut / cuts, s.out_height * (cut + 1) / cuts - 1);
  };
  const bool shared = work && work->pool.size() > 1 && planes * s.pixels() * s.taps() >= worth_sharing;
  if (shared) return work->for_each(planes * cuts, piece);
  for (std::size_t i = 0; i < planes * cuts; ++i) {
    if (work && work->cancelled.load(std::memory_order_relaxed)) return;
    piece(i);
  }
}

}  // namespace

void depthwise(const Work* work, const QDepthwise& d, void* workspace, const DepthwiseKernels& kernels) {
  if (d.shape.pixels() == 0) return;
  const std::size_t in_plane = d.shape.height * d.shape.width, out_plane = d.shape.pixels();
  const std::size_t groups = (d.channels + 3) / 4, taps = d.shape.taps();
  QDepthwise prepared = d;
  prepared.requantize.small = multipliers_are_small(d.requantize, d.channels);
  if (kernels.rows && is_usual(d.shape)) return run_rows(work, prepared, kernels.rows);
  Planes planes(d.shape);
  planes.count = d.images * groups;
  planes.pad = d.x_zero_point * 0x01010101u;
  planes.input = [&](std::size_t i) { return reinterpret_cast<const std::uint32_t*>(d.x) + i * in_plane; };
  planes.sum = [&](std::size_t i, const std::uint32_t* source, std::size_t pixels, std::uint32_t* tile) {
    kernels.bytes(source, planes.taps(), taps, d.weights + i % groups * taps, pixels,
                  reinterpret_cast<std::int32_t*>(tile), Planes::tile_step);
  };
  planes.store = [&](std::size_t i, const PieceRows& rows, std::uint32_t* tile) {
    store_bytes(prepared, i % groups * 4, (i * out_plane + rows.at) * 4, rows, tile);
  };
  planes.run(work, workspace);
}
