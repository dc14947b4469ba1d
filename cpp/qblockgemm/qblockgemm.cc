#include "qblockgemm.h"

#include "../qgemm/tiles.h"
#include "../select.h"
#include "../threadPool.h"
#include "planesConv.h"

namespace {

/// A kernel reads each row of pixels so seldom that panels are not worth their copying (measured on
/// ResNet-50's layers).
bool read_few_times(const QBlockConv& conv) {
  const QBlockWeights& w = conv.weights[0];
  return w.blocks() <= (w.block_rows == 32 ? 7 : 4) * w.depth;
}

ConvTiles tiles_of(const QBlockConv& conv, const QBlockKernel& kernel) {
  ConvTiles t{};
  t.items = conv.items;
  t.m = conv.m;
  t.input = conv.input;
  t.size = kernel.size;
  t.strips = read_few_times(conv);
  if (kernel.size.rows == 32) {  // tiles: the registers are set up as for the dense product
    t.enter = qgemm_kernels().enter;
    t.leave = qgemm_kernels().leave;
  }
  t.whole = [&conv, &kernel](std::size_t item, std::size_t panel, const TilePixels& pixels, void* tile) {
    const QBlockWeights& w = conv.weights[item % conv.weights.size()];
    const std::size_t first = w.first[panel], blocks = w.first[panel + 1] - first;
    kernel.product(w.values.data() + first * w.block_rows, w.indices.data() + first, blocks, pixels.right,
                   pixels.table, pixels.columns, static_cast<std::int32_t*>(tile));
  };
  return t;
}

/// Bytes are made by kernels that store them at once, where there are such.
bool stores_at_once(const QBlockConv& conv, const QBlockKernel& kernel) {
  return conv.output == Output::c4 && kernel.planes;
}

/// `panels` has room for the weights of each group.
PlanesConv planes_of(const QBlockConv& conv, std::vector<WeightPanels>& panels) {
  for (const QBlockWeights& w : conv.weights) {
    panels.push_back({w.values.data(), w.indices.data(), w.first.data(), w.depth});
  }
  return {conv.items,     conv.m,         conv.input, panels, static_cast<std::uint8_t*>(conv.c),
          conv.item_step, conv.requantize};
}

}  // namespace

std::span<const QBlockGemmKernels> qblockgemm_variants() {
#define KERNEL(isa, lanes, columns4, columns8, pairs, lone)                            \
  {cpu::Isa::isa,                                                                      \
   {qblockgemm_size4_##isa, qblockgemm4_##isa, qblockgemm_planes4_##isa, pairs, lone}, \
   {qblockgemm_size8_##isa, qblockgemm8_##isa, qblockgemm_planes8_##isa, pairs, lone}},
  static constexpr QBlockGemmKernels all[] = {
#include "kernels.inc"
  };
#undef KERNEL
  return all;
}

const QBlockGemmKernels& qblockgemm_kernels() {
  static const QBlockGemmKernels& chosen = fastest(qblockgemm_variants());
  return chosen;
}

const QBlockKernel* qblock_kernel(std::size_t block_rows, const QBlockGemmKernels& kernels) {
  if (block_rows == 4) return &kernels.four;
  if (block_rows == 8) return &kernels.eight;
#ifdef ONNXPRESS_HAS_AMX
  static constexpr QBlockKernel tiles{qblockgemm_size32_amx, qblockgemm32_amx};
  if (block_rows == 32 && cpu::has(cpu::Isa::amx)) return &tiles;
#endif
  return nullptr;
}

std::size_t qblock_conv_workspace(const QBlockConv& conv, std::size_t threads, const QBlockKernel& kernel) {
  std::vector<WeightPanels> panels;
  if (stores_at_once(conv, kernel)) return planes_workspace(planes_of(conv, panels), threads, kernel);
  return tiles_of(conv, kernel).workspace(threads);
}

void qblock_conv(const Work* work, const QBlockConv& conv, void* workspace, const QBlockKernel& kernel) {
  std::vector<WeightPanels> panels;
  if (stores_at_once(conv, kernel)) return planes_conv(work, planes_of(conv, panels), workspace, kernel);
  ConvTiles t = tiles_of(conv, kernel);
  const QGemmKernels& finish = qgemm_kernels();
  const std::size_t pixels = conv.input.shape.pixels();
  TileTarget target{conv.output,
                    conv.c,
                    conv.output == Output::c4 ? pixels * 4 : pixels,
                    conv.item_step,
                    conv.weights.size(),
                    conv.m,
                    Side::left,
                    conv.requantize,
                    conv.dequantize};
  target.prepare();
  t.store = [&](std::size_t item, std::size_t row, std::size_t column, std::size_t rows, std::size_t columns,
                const void* tile) {
    store_tile(
        finish, target,
        {item, row, column, rows, columns, static_cast<const std::int32_t*>(tile), kernel.size.columns});
  };
  t.run(work, workspace);
}
