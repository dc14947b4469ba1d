#include "linear.h"

#include "../blocklinear/integerRows.h"

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
  run_integer_rows(tiles_of(layer, kernels), layer, work, workspace);
}
