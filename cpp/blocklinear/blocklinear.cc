#include "blocklinear.h"

#include "integerRows.h"

namespace {

RowTiles tiles_of(const BlockLinear& layer, const BlockKernel& kernel) {
  const BlockWeights& w = *layer.weights;
  RowTiles t{};
  t.outputs = w.rows;
  t.depth = w.depth;
  t.x = {reinterpret_cast<const std::byte*>(layer.x), layer.rows, w.depth * sizeof(float),
         layer.x_step * sizeof(float)};
  t.kernel = kernel.size;
  t.block = [&w, &kernel](std::size_t block, const std::uint32_t* right, const std::uint32_t* table,
                          std::size_t wanted, void* to) {
    const std::size_t first = w.first[block];
    kernel.product({w.values.data() + first * w.block_rows, w.indices.data() + first,
                    w.first[block + 1] - first, reinterpret_cast<const float*>(right), table, wanted},
                   static_cast<float*>(to));
  };
  return t;
}

RowTiles tiles_of(const QBlockLinear& layer, const QBlockKernel& kernel) {
  const QBlockWeights& w = *layer.weights;
  RowTiles t{};
  t.outputs = w.rows;
  t.depth = w.depth;
  t.x = {reinterpret_cast<const std::byte*>(layer.x), layer.rows, layer.inputs, layer.inputs};
  t.kernel = kernel.size;
  if (kernel.size.rows == 32) {  // tiles: the registers are set up as for the dense product
    t.enter = qgemm_kernels().enter;
    t.leave = qgemm_kernels().leave;
  }
  t.block = [&w, &kernel](std::size_t block, const std::uint32_t* right, const std::uint32_t* table,
                          std::size_t wanted, void* to) {
    const std::size_t first = w.first[block];
    kernel.product(w.values.data() + first * w.block_rows, w.indices.data() + first,
                   w.first[block + 1] - first, right, table, wanted, static_cast<std::int32_t*>(to));
  };
  return t;
}

}  // namespace

std::size_t block_linear_workspace(const BlockLinear& layer, std::size_t threads,
                                   const BlockGemmKernels& kernels) {
  return tiles_of(layer, kernels.of(layer.weights->block_rows)).workspace(threads);
}

void block_linear(const Work* work, const BlockLinear& layer, void* workspace,
                  const BlockGemmKernels& kernels) {
  RowTiles t = tiles_of(layer, kernels.of(layer.weights->block_rows));
  const std::size_t stride = t.outputs, width = t.outputs_in_tile();
  t.store = [&](std::size_t row, std::size_t output, std::size_t rows, std::size_t outputs,
                const void* tile) {
    const GemmEpilogue& e = layer.epilogue;
    const std::size_t at = row * stride + output;
    const TileEpilogue epilogue{nullptr, e.bias ? e.bias + output : nullptr,
                                e.residual ? e.residual + at : nullptr, stride, e.activation};
    gemm_kernels().store(static_cast<const float*>(tile), width, rows, outputs, epilogue, layer.y + at,
                         stride);
  };
  t.run(work, workspace);
}

std::size_t qblock_linear_workspace(const QBlockLinear& layer, std::size_t threads,
                                    const QBlockKernel& kernel) {
  return tiles_of(layer, kernel).workspace(threads);
}

void qblock_linear(const Work* work, const QBlockLinear& layer, void* workspace, const QBlockKernel& kernel) {
  run_integer_rows(tiles_of(layer, kernel), layer, work, workspace);
}
