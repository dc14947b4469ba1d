#include "blockgemm.h"

#include "../select.h"
#include "../threadPool.h"

namespace {

/// A kernel reads each row of pixels so seldom that panels are not worth their copying (measured
/// on ResNet-50's layers).
bool read_few_times(const BlockConv& conv) {
  const BlockWeights& w = conv.weights[0];
  return w.blocks() <= (w.block_rows == 1 ? 3 : 7) * w.depth;
}

BlockTile block_tile(const BlockConv& conv, std::size_t item, std::size_t panel, const TilePixels& pixels) {
  const BlockWeights& w = conv.weights[item % conv.weights.size()];
  const std::size_t first = w.first[panel];
  return {w.values.data() + first * w.block_rows,
          w.indices.data() + first,
          w.first[panel + 1] - first,
          reinterpret_cast<const float*>(pixels.right),
          pixels.table,
          pixels.columns};
}

/// The epilogue of a tile that begins in row `row` of an item, word `at` of the result's half.
TileEpilogue epilogue_of(const BlockConv& conv, std::size_t item, std::size_t row, std::size_t at,
                         bool is_lower = false) {
  const GemmEpilogue& e = conv.epilogue;
  const float* residual = is_lower ? conv.lower_residual : e.residual;
  return {e.bias ? e.bias + item % conv.weights.size() * e.bias_step + row : nullptr, nullptr,
          residual ? residual + at : nullptr, conv.plane(), e.activation};
}

/// Computes and stores a panel's rows of neighboring pixels.
void finish_pixels(const BlockConv& conv, const BlockKernel& kernel, std::size_t item, std::size_t panel,
                   const TilePixels& pixels, std::size_t column) {
  const std::size_t stride = conv.plane(), row = panel * kernel.size.rows;
  const bool is_lower = column >= stride;
  const std::size_t at = item * conv.item_step + row * stride + column - is_lower * stride;
  float* const c = (is_lower ? conv.lower_c : conv.c) + at;
  BlockTile tile = block_tile(conv, item, panel, pixels);
  TileEpilogue epilogue = epilogue_of(conv, item, row, at, is_lower);
  const float* const residual = epilogue.residual;
  for_each_tile(kernel.size, pixels.columns, [&](std::size_t from, std::size_t columns) {
    tile.right = reinterpret_cast<const float*>(pixels.right) + from, tile.columns = columns;
    if (residual) epilogue.residual = residual + from;
    kernel.finish(tile, {epilogue, c + from, stride});
  });
}

ConvTiles tiles_of(const BlockConv& conv, const BlockKernel& kernel) {
  ConvTiles t{};
  t.items = conv.items;
  t.m = conv.m;
  t.input = conv.input;
  t.size = kernel.size;
  t.strips = read_few_times(conv);
  t.weight_bytes = conv.weights[0].bytes();
  t.is_halved = conv.lower_c || (conv.input.lower && conv.input.shape.is_pointwise());
  t.whole = [&conv, &kernel](std::size_t item, std::size_t panel, const TilePixels& pixels, void* tile) {
    kernel.product(block_tile(conv, item, panel, pixels), static_cast<float*>(tile));
  };
  if (conv.m % kernel.size.rows == 0) {
    t.finish = [&conv, &kernel](std::size_t item, std::size_t panel, const TilePixels& pixels,
                                std::size_t column) {
      finish_pixels(conv, kernel, item, panel, pixels, column);
    };
  }
  return t;
}

}  // namespace

std::span<const BlockGemmKernels> blockgemm_variants() {
#define KERNEL(isa, lanes, columns1, columns4, columns8)                       \
  {cpu::Isa::isa,                                                              \
   {blockgemm_size1_##isa, blockgemm1_f32_##isa, blockgemm1_f32_finish_##isa}, \
   {blockgemm_size4_##isa, blockgemm4_f32_##isa, blockgemm4_f32_finish_##isa}, \
   {blockgemm_size8_##isa, blockgemm8_f32_##isa, blockgemm8_f32_finish_##isa}},
  static constexpr BlockGemmKernels all[] = {
#include "kernels.inc"
  };
#undef KERNEL
  return all;
}

const BlockGemmKernels& blockgemm_kernels() {
  static const BlockGemmKernels& chosen = fastest(blockgemm_variants());
  return chosen;
}

std::size_t block_conv_workspace(const BlockConv& conv, std::size_t threads,
                                 const BlockGemmKernels& kernels) {
  return tiles_of(conv, kernels.of(conv.weights[0].block_rows)).workspace(threads);
}

void block_conv(const Work* work, const BlockConv& conv, void* workspace, const BlockGemmKernels& kernels) {
  const BlockKernel& kernel = kernels.of(conv.weights[0].block_rows);
  const GemmKernels& finish = gemm_kernels();
  const std::size_t stride = conv.input.shape.pixels();
  ConvTiles t = tiles_of(conv, kernel);
  t.store = [&](std::size_t item, std::size_t row, std::size_t column, std::size_t rows, std::size_t columns,
                const void* tile) {
    const std::size_t at = item * conv.item_step + row * stride + column;
    finish.store(static_cast<const float*>(tile), kernel.size.columns, rows, columns,
                 epilogue_of(conv, item, row, at), conv.c + at, stride);
  };
  t.run(work, workspace);
}
