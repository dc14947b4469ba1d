// Block-sparse linear layers of many rows on one thread: bench/kernels/blocklinear, under any ONNXPRESS_ISA.
#include "blocklinear/blocklinear.h"

#include <ranges>
#include <vector>

#include "shapes.h"
#include "sparseTable.h"

namespace {

void floats(const LinearLayer& l, const Blocks& blocks) {
  const std::vector<float> x(l.rows * l.inputs, 0.5f), bias(l.outputs, 1.0f),
      w = sparse({l.outputs, l.inputs}, blocks, 0.25f);
  std::vector<float> y(l.rows * l.outputs);
  const BlockWeights weights = pack_blocks({w.data(), l.outputs, l.inputs, l.inputs, 1}, blocks.rows);
  const BlockLinear layer{l.rows,   x.data(), l.inputs,
                          &weights, y.data(), {bias.data(), Side::right, 0, nullptr, {}}};
  const auto workspace = space<std::byte>(block_linear_workspace(layer, 1));
  report(l.operations(), blocks, [&] { block_linear(nullptr, layer, workspace.get()); });
}

void bytes(const LinearLayer& l, const Blocks& blocks) {
  const QBlockKernel* kernel = qblock_kernel(blocks.rows);
  if (!kernel) return;
  const std::vector<std::uint8_t> x(l.rows * l.inputs, 5);
  const auto w = sparse<std::int8_t>({l.outputs, l.inputs}, blocks, 3);
  const std::vector<std::int32_t> bias(l.outputs, 7);
  const std::vector<float> multiplier(l.outputs, 0.001f);
  std::vector<float> y(l.rows * l.outputs);
  const QBlockWeights weights =
      pack_qblocks({w.data(), l.outputs, l.inputs, 1, l.inputs, 1}, blocks.rows, *kernel);
  const QBlockLinear layer{
      l.rows,      l.inputs, x.data(), &weights,
      Output::f32, y.data(), {},       {bias.data(), multiplier.data(), nullptr, nullptr, {}},
      {}};
  const auto workspace = space<std::byte>(qblock_linear_workspace(layer, 1, *kernel));
  report(l.operations(), blocks, [&] { qblock_linear(nullptr, layer, workspace.get(), *kernel); });
}

}  // namespace

int main() {
  const auto has_many_rows = [](const LinearLayer& l) { return l.rows >= 8; };
  print_table(linear_layers | std::views::filter(has_many_rows), floats, bytes);
}
