#include "plan.h"

#include <algorithm>

#include "../memory/lines.h"

namespace {

/// Transformed inputs and products of a block of tile rows should stay in the second-level cache.
constexpr std::size_t block_bytes = std::size_t{2} << 20;

/// Kernels may read so many floats beyond a row.
constexpr std::size_t slack = 16;

}  // namespace

WinogradPlan::WinogradPlan(const Winograd& w, std::size_t threads) {
  tile = static_cast<std::size_t>(w.tile);
  inputs = winograd_inputs(w.tile);
  points = winograd_points(w.tile);
  across = ceil_div(w.shape.out_width, tile);
  down = ceil_div(w.shape.out_height, tile);
  const std::size_t row_bytes = points * (w.shape.channels + w.outputs) * across * sizeof(float);
  const std::size_t most = std::clamp<std::size_t>(block_bytes / row_bytes, 1, down);
  block_rows = ceil_div(down, ceil_div(down, most));
  line = whole_lines_of_words(across * tile + 2) + slack;
  split = whole_lines_of_words(across + 1) + slack;
  const std::size_t tiles = block_rows * across;
  transformed = 0;
  products = transformed + whole_lines_of_words(points * w.shape.channels * tiles + slack);
  gemm = products + whole_lines_of_words(points * w.outputs * tiles + slack);
  scratch =
      gemm + whole_lines_of_words(gemm_workspace(product(w, nullptr, tiles), threads) / sizeof(float) + 1);
  scratch_step = whole_lines_of_words(inputs * (3 * line + 4 * split) + tile * (line + tile * slack));
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
