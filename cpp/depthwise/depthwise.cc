#include "depthwise.h"

#include <algorithm>
#include <cstring>

#include "../gemm/gemm.h"
#include "../qgemm/qgemm.h"
#include "../select.h"
#include "../threadPool.h"
#include "planes.h"

std::span<const DepthwiseKernels> depthwise_variants() {
#define KERNEL(isa, planes) {cpu::Isa::isa, depthwise_f32_##isa, depthwise_u8_##isa, planes},
  static constexpr DepthwiseKernels all[] = {
#include "kernels.inc"
  };
#undef KERNEL
  return all;
}

const DepthwiseKernels& depthwise_kernels() {
  static const DepthwiseKernels& chosen = fastest(depthwise_variants());
  return chosen;
}

std::size_t qdepthwise_packed_size(std::size_t channels, std::size_t taps) {
  return (channels + 3) / 4 * taps * 4;
}

void qdepthwise_pack(const std::int8_t* weights, std::size_t channels, std::size_t taps, std::uint32_t* to,
                     std::int32_t* sums) {
  std::fill_n(to, qdepthwise_packed_size(channels, taps), 0u);
  for (std::size_t c = 0; c < channels; ++c) {
    std::int32_t sum = 0;
    for (std::size_t t = 0; t < taps; ++t) {
      const std::int8_t value = weights[c * taps + t];
      std::memcpy(reinterpret_cast<char*>(to + (c / 4 * taps + t) * 4 + c % 4) + c % 4, &value, 1);
      sum += value;
    }
    if (sums) sums[c] = sum;
  }
}

namespace {

/// Multiplications below which waking other threads costs more than it saves.
constexpr std::size_t worth_sharing = 64 * 1024;

bool has_plane_kernel(const ConvShape& s) {
  return s.kernel_height == 3 && s.kernel_width == 3 && s.stride_height == s.stride_width &&
         s.stride_width <= 2 && s.dilation_height == 1 && s.dilation_width == 1 &&
         s.out_width <= 16 * most_row_vectors;
}

void run_planes(const Work* work, const Depthwise& d, depthwise_f32_planes* kernel) {
  const std::size_t planes = d.images * d.channels * d.outputs;
  if (!work || planes * d.shape.pixels() * d.shape.taps() < worth_sharing) return kernel(d, 0, planes);
  const std::size_t threads = work->pool.size(), pieces = std::min(planes, 8 * threads);
  const auto piece = [&](std::size_t i) { kernel(d, planes * i / pieces, planes * (i + 1) / pieces); };
  if (threads > 1) return work->for_each(pieces, piece);
  for (std::size_t i = 0; i < pieces && !work->cancelled.load(std::memory_order_relaxed); ++i) piece(i);
}

}  // namespace

std::size_t depthwise_workspace(const ConvShape& shape, std::size_t threads) {
  return shape.pixels() == 0 ? 0 : Planes::workspace(shape, threads);
}

void depthwise(const Work* work, const Depthwise& d, void* workspace, const DepthwiseKernels& kernels) {
  if (d.shape.pixels() == 0) return;
  if (kernels.planes && has_plane_kernel(d.shape)) return run_planes(work, d, kernels.planes);
  const std::size_t in_plane = d.shape.height * d.shape.width, out_plane = d.shape.pixels();
  const std::size_t results = d.channels * d.outputs, taps = d.shape.taps();
  const GemmKernels& finish = gemm_kernels();
  Planes planes(d.shape);
  planes.count = d.images * results;
  planes.pad = 0;
  planes.input = [&](std::size_t i) {
    return reinterpret_cast<const std::uint32_t*>(d.x) + i / d.outputs * in_plane;
  };
  planes.sum = [&](std::size_t i, const std::uint32_t* source, std::size_t pixels, std::uint32_t* tile) {
    kernels.floats(reinterpret_cast<const float*>(source), planes.taps(), taps,
                   d.weights + i % results * taps, d.bias ? d.bias[i % results] : 0.0f, pixels,
                   reinterpret_cast<float*>(tile));
  };
  planes.store = [&](std::size_t i, const PieceRows& rows, std::uint32_t* tile) {
    const std::size_t at = i * out_plane + rows.at;
    finish.store(reinterpret_cast<const float*>(tile), rows.step, rows.rows, rows.width,
                 {nullptr, nullptr, d.residual ? d.residual + at : nullptr, rows.width, d.activation},
                 d.c + at, rows.width);
  };
  planes.run(work, workspace);
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

}  // namespace

void depthwise(const Work* work, const QDepthwise& d, void* workspace, const DepthwiseKernels& kernels) {
  if (d.shape.pixels() == 0) return;
  const std::size_t in_plane = d.shape.height * d.shape.width, out_plane = d.shape.pixels();
  const std::size_t groups = (d.channels + 3) / 4, taps = d.shape.taps();
  QDepthwise prepared = d;
  prepared.requantize.small = multipliers_are_small(d.requantize, d.channels);
  Planes planes(d.shape);
  planes.count = d.images * groups;
  planes.pad = d.x_zero_point * 0x01010101u;
  planes.input = [&](std::size_t i) { return reinterpret_cast<const std::uint32_t*>(d.x) + i * in_plane; };
  planes.sum = [&](std::size_t i, const std::uint32_t* source, std::size_t pixels, std::uint32_t* tile) {
    kernels.bytes(source, planes.taps(), taps, d.weights + i % groups * taps * 4, pixels,
                  reinterpret_cast<std::int32_t*>(tile), Planes::tile_step);
  };
  planes.store = [&](std::size_t i, const PieceRows& rows, std::uint32_t* tile) {
    store_bytes(prepared, i % groups * 4, (i * out_plane + rows.at) * 4, rows, tile);
  };
  planes.run(work, workspace);
}
