// Block-sparse convolutions on one thread: bench/kernels/blocks, under any ONNXPRESS_ISA.
#include <vector>

#include "shapes.h"
#include "sparseTable.h"

namespace {

void floats(const Layer& layer, const Blocks& blocks) {
  const ConvShape s = layer.shape(layer.inputs);
  const std::size_t m = layer.outputs, n = s.pixels(), depth = s.depth();
  const std::vector<float> x(s.channels * s.height * s.width, 0.5f), bias(m, 1.0f),
      w = sparse({m, depth}, blocks, 0.25f);
  std::vector<float> c(m * n);
  const std::vector<BlockWeights> weights(1, pack_blocks({w.data(), m, depth, depth, 1}, blocks.rows));
  BlockConv conv{};
  conv.m = m, conv.input = {s, x.data()}, conv.weights = weights, conv.c = c.data();
  conv.epilogue = {bias.data(), Side::left, 0, nullptr, {ActivationKind::relu}};
  const auto workspace = space<std::byte>(block_conv_workspace(conv, 1));
  report(layer.operations(), blocks, [&] { block_conv(nullptr, conv, workspace.get()); });
}

void bytes(const Layer& layer, const Blocks& blocks) {
  const QBlockKernel* kernel = qblock_kernel(blocks.rows);
  if (!kernel) return;
  const ConvShape s = layer.shape((layer.inputs + 3) / 4);
  const std::size_t m = layer.outputs, n = s.pixels(), inputs = s.channels * 4;
  const std::vector<std::uint8_t> x(s.channels * s.height * s.width * 4, 5);
  const auto w = sparse<std::int8_t>({m, inputs, s.taps()}, blocks, 3);
  const std::vector<std::int32_t> bias(m, 7);
  const std::vector<float> multiplier(m, 0.001f);
  std::vector<std::uint8_t> c((m + 3) / 4 * 4 * n);
  const std::vector<QBlockWeights> weights(
      1, pack_qblocks({w.data(), m, inputs, s.taps(), inputs * s.taps(), s.taps()}, blocks.rows, *kernel));
  QBlockConv conv{};
  conv.m = m, conv.input = {s, x.data(), 0, 0x05050505u}, conv.weights = weights, conv.c = c.data();
  conv.output = Output::c4;
  conv.requantize.bias = bias.data(), conv.requantize.multiplier = multiplier.data();
  const auto workspace = space<std::byte>(qblock_conv_workspace(conv, 1, *kernel));
  report(layer.operations(), blocks, [&] { qblock_conv(nullptr, conv, workspace.get(), *kernel); });
}

}  // namespace

int main() { print_table(layers, floats, bytes); }
