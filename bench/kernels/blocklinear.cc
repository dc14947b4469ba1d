// Linear layers with 80 % and 90 % of their blocks zero, on one thread: bench/kernels/blocklinear, under any
// ONNXPRESS_ISA. GFLOP/s and GOP/s count what is multiplied; in parentheses what a dense product would have
// counted.
#include "blocklinear/blocklinear.h"

#include <cstdio>
#include <vector>

#include "shapes.h"
#include "sparseWeights.h"
#include "timing.h"

namespace {

void report(double operations, double density, double seconds) {
  std::printf(" %7.1f us %5.0f (%5.0f)", seconds * 1e6, density * operations / seconds / 1e9,
              operations / seconds / 1e9);
}

void floats(const LinearLayer& l, std::size_t block_rows, double density) {
  const std::vector<float> x(l.rows * l.inputs, 0.5f), bias(l.outputs, 1.0f),
      w = sparse(l, block_rows, 1, density, 0.25f);
  std::vector<float> y(l.rows * l.outputs);
  const BlockWeights weights = pack_blocks({w.data(), l.outputs, l.inputs, l.inputs, 1}, block_rows);
  const BlockLinear layer{l.rows,   x.data(), l.inputs,
                          &weights, y.data(), {bias.data(), Side::right, 0, nullptr, {}}};
  const auto workspace = space<std::byte>(block_linear_workspace(layer, 1));
  report(l.operations(), density,
         fastest_seconds([&] { block_linear(nullptr, layer, workspace.get()); }, 0.08));
}

void bytes(const LinearLayer& l, std::size_t block_rows, double density) {
  const QBlockKernel* kernel = qblock_kernel(block_rows);
  if (!kernel) return;
  const std::vector<std::uint8_t> x(l.rows * l.inputs, 5);
  const std::vector<std::int8_t> w = sparse<std::int8_t>(l, block_rows, 4, density, 3);
  const std::vector<std::int32_t> bias(l.outputs, 7);
  const std::vector<float> multiplier(l.outputs, 0.001f);
  std::vector<float> y(l.rows * l.outputs);
  const QBlockWeights weights =
      pack_qblocks({w.data(), l.outputs, l.inputs, 1, l.inputs, 1}, block_rows, *kernel);
  const QBlockLinear layer{
      l.rows,      l.inputs, x.data(), &weights,
      Output::f32, y.data(), {},       {bias.data(), multiplier.data(), nullptr, nullptr, {}}};
  const auto workspace = space<std::byte>(qblock_linear_workspace(layer, 1, *kernel));
  const auto run = [&] { qblock_linear(nullptr, layer, workspace.get(), *kernel); };
  report(l.operations(), density, fastest_seconds(run, 0.08));
}

}  // namespace

int main() {
  std::printf(
      "float %s: 4x1 80 %%, 90 %%, 8x1 90 %%, 1x1 90 %%; 8 bits %s: 4x4 80 %%, 90 %%, 8x4 90 %%, 32x4 80 "
      "%%\n",
      cpu::name(blockgemm_kernels().isa), cpu::name(qblockgemm_kernels().isa));
  for (const LinearLayer& layer : linear_layers) {
    if (layer.rows < 8) continue;
    std::printf("%-16s", layer.name);
    floats(layer, 4, 0.2), floats(layer, 4, 0.1), floats(layer, 8, 0.1), floats(layer, 1, 0.1);
    std::printf(" |");
    bytes(layer, 4, 0.2), bytes(layer, 4, 0.1), bytes(layer, 8, 0.1), bytes(layer, 32, 0.2);
    std::printf("\n");
  }
}
