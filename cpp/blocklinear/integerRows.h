#pragma once
#include "../qgemm/tiles.h"
#include "rows.h"

/// Runs a product of integers whose tiles are sums, and stores them as `layer` says: into its rows `y`, by
/// its `output`, `requantize`, `dequantize` and `to`.
template <class Layer>
void run_integer_rows(RowTiles tiles, const Layer& layer, const Work* work, void* workspace) {
  const std::size_t outputs = tiles.outputs, width = tiles.outputs_in_tile();
  TileTarget target{layer.output, layer.y,     outputs,          layer.rows * outputs, 1,
                    outputs,      Side::right, layer.requantize, layer.dequantize,     layer.to};
  target.prepare();
  tiles.store = [&](std::size_t row, std::size_t output, std::size_t rows, std::size_t count,
                    const void* tile) {
    store_tile(qgemm_kernels(), target,
               {0, row, output, rows, count, static_cast<const std::int32_t*>(tile), width});
  };
  tiles.run(work, workspace);
}
