#include "depthwise.h"

#include <algorithm>

#include "../gemm/gemm.h"
#include "../select.h"
#include "../threadPool.h"
#include "planes.h"

std::span<const DepthwiseKernels> depthwise_variants() {
#define KERNEL(isa, planes, rows) {cpu::Isa::isa, depthwise_f32_##isa, depthwise_u8_##isa, planes, rows},
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

namespace {

bool has_plane_kernel(const ConvShape& s) { return is_usual(s) && s.out_width <= 16 * most_row_vectors; }

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
