#include "linear.h"

#include "../blocklinear/rows.h"
#include "../qgemm/tiles.h"

namespace {

RowTiles tiles_of(const QPairLinear& layer, const QPairKernels& kernels) {
  const QPairWeights& w = *layer.weights;
  RowTiles t{};
  t.outputs = w.rows;
  t.depth = w.depth;
  t.x = {reinterpret_cast<const std::byte*>(layer.x), layer.rows, layer.inputs, layer.inputs};
  t.kernel = kernels.size;
  t.block = [&w, &kernels](std::size_t panel, const std::uint32_t* right, const std::uint32_t* table,
                           std::size_t wanted, void* to) {
    const std::size_t first = w.first[panel];
    kernels.product(w.words.data() + first * PairChunk::group, w.first[panel + 1] - first, right, table,
                    wanted, static_cast<std::int32_t*>(to), kernels.size.columns);
  };
  return t;
}

}  // namespace

std::size_t qpair_linear_workspace(const QPairLinear& layer, std::size_t threads,
                                   const QPairKernels& kernels) {
  return tiles_of(layer, kernels).workspace(threads);
}

void qpair_linear(const Work* work, const QPairLinear& layer, void* workspace, const QPairKernels& kernels) {
  RowTiles t = tiles_of(layer, kernels);
  const std::size_t width = t.outputs_in_tile();
  TileTarget target{layer.output, layer.y,     t.outputs,        layer.rows * t.outputs, 1,
                    t.outputs,    Side::right, layer.requantize, layer.dequantize,       layer.to};
  target.prepare();
  t.store = [&](std::size_t row, std::size_t output, std::size_t rows, std::size_t outputs,
                const void* tile) {
    store_tile(qgemm_kernels(), target,
               {0, row, output, rows, outputs, static_cast<const std::int32_t*>(tile), width});
  };
  t.run(work, workspace);
}
