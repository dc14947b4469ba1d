#include "plan.h"

#include <algorithm>

namespace {

/// Transformed inputs and products of a block of tile rows should stay in the second-level cache.
constexpr std::size_t block_bytes = std::size_t{2} << 20;

/// Kernels may read so many floats beyond a row.
constexpr std::size_t slack = 16;

constexpr std::size_t aligned(std::size_t floats) { return (floats + slack - 1) / slack * slack; }

constexpr std::size_t pieces_up(std::size_t n, std::size_t size) { return (n + size - 1) / size; }

}  // namespace

WinogradPlan::WinogradPlan(const Winograd& w, std::size_t threads) {
  tile = static_cast<std::size_t>(w.tile);
  inputs = winograd_inputs(w.tile);
  points = winograd_points(w.tile);
  across = pieces_up(w.shape.out_width, tile);
  down = pieces_up(w.shape.out_height, tile);
  const std::size_t row_bytes = points * (w.shape.channels + w.outputs) * across * sizeof(float);
  const std::size_t most = std::clamp<std::size_t>(block_bytes / row_bytes, 1, down);
  block_rows = pieces_up(down, pieces_up(down, most));
  line = aligned(across * tile + 2) + slack;
  split = aligned(across + 1) + slack;
  const std::size_t tiles = block_rows * across;
  transformed = 0;
  products = transformed + aligned(points * w.shape.channels * tiles + slack);
  gemm = products + aligned(points * w.outputs * tiles + slack);
  scratch = gemm + aligned(gemm_workspace(product(w, nullptr, tiles), threads) / sizeof(float) + 1);
  scratch_step = aligned(inputs * (3 * line + 4 * split) + tile * (line + tile * slack));
  total = scratch + threads * scratch_step;
}

Gemm WinogradPlan::product(const Winograd& w, float* workspace, std::size_t tiles) const {
  const std::size_t channels = w.shape.channels;
  Gemm g{};
  g.items = points;
  g.m = w.outputs;
  g.n = tiles;
  g.depth = channels;
  g.packed = Side::left;
  g.panels = w.panels;
  g.packed_step = gemm_packed_size(Side::left, w.outputs, channels);
  g.packed_items = points;
  g.rows = workspace + transformed;
  g.rows_step = tiles;
  g.rows_item_step = channels * tiles;
  g.rows_are_dense = true;
  g.c = workspace + products;
  g.stride = tiles;
  g.item_step = w.outputs * tiles;
  return g;
}
