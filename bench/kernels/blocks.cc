// Block-sparse kernels on one thread, with 80 % and 90 % of the blocks zero: bench/kernels/blocks, under any
// ONNXPRESS_ISA. GFLOP/s and GOP/s count what is multiplied; in parentheses what a dense product would have
// counted.
#include <cstdio>
#include <random>
#include <vector>

#include "blockgemm/blockgemm.h"
#include "qblockgemm/qblockgemm.h"
#include "shapes.h"
#include "timing.h"

namespace {

void report(double operations, double density, double seconds) {
  std::printf(" %7.1f us %5.0f (%5.0f)", seconds * 1e6, density * operations / seconds / 1e9,
              operations / seconds / 1e9);
}

void floats(const Layer& layer, std::size_t block_rows, double density) {
  const ConvShape s = layer.shape(layer.inputs);
  const std::size_t m = layer.outputs, n = s.pixels(), depth = s.depth();
  const std::vector<float> x(s.channels * s.height * s.width, 0.5f), bias(m, 1.0f);
  std::vector<float> w(m * depth), c(m * n);
  std::mt19937 random(1);
  for (std::size_t row = 0; row < m; row += block_rows) {
    for (std::size_t k = 0; k < depth; ++k) {
      if (random() % 1000 >= density * 1000) continue;
      for (std::size_t i = row; i < row + block_rows; ++i) w[i * depth + k] = 0.25f;
    }
  }
  const std::vector<BlockWeights> weights(1, pack_blocks({w.data(), m, depth, depth, 1}, block_rows));
  BlockConv conv{};
  conv.m = m, conv.input = {s, x.data()}, conv.weights = weights, conv.c = c.data();
  conv.epilogue = {bias.data(), Side::left, 0, nullptr, {ActivationKind::relu}};
  const auto workspace = space<std::byte>(block_conv_workspace(conv, 1));
  report(layer.operations(), density,
         fastest_seconds([&] { block_conv(nullptr, conv, workspace.get()); }, 0.08));
}

void bytes(const Layer& layer, std::size_t block_rows, double density) {
  const QBlockKernel* kernel = qblock_kernel(block_rows);
  if (!kernel) return;
  const ConvShape s = layer.shape((layer.inputs + 3) / 4);
  const std::size_t m = layer.outputs, n = s.pixels(), inputs = s.channels * 4;
  const std::vector<std::uint8_t> x(s.channels * s.height * s.width * 4, 5);
  std::vector<std::int8_t> w(m * inputs * s.taps());
  std::mt19937 random(1);
  for (std::size_t row = 0; row < m; row += block_rows) {
    for (std::size_t k = 0; k < inputs; k += 4) {
      for (std::size_t t = 0; t < s.taps(); ++t) {
        if (random() % 1000 >= density * 1000) continue;
        for (std::size_t i = row; i < std::min(row + block_rows, m); ++i) {
          for (std::size_t e = k; e < k + 4; ++e) w[(i * inputs + e) * s.taps() + t] = 3;
        }
      }
    }
  }
  const std::vector<std::int32_t> bias(m, 7);
  const std::vector<float> multiplier(m, 0.001f);
  std::vector<std::uint8_t> c((m + 3) / 4 * 4 * n);
  const std::vector<QBlockWeights> weights(
      1, pack_qblocks({w.data(), m, inputs, s.taps(), inputs * s.taps(), s.taps()}, block_rows, *kernel));
  QBlockConv conv{};
  conv.m = m, conv.input = {s, x.data(), 0, 0x05050505u}, conv.weights = weights, conv.c = c.data();
  conv.output = Output::c4;
  conv.requantize.bias = bias.data(), conv.requantize.multiplier = multiplier.data();
  const auto workspace = space<std::byte>(qblock_conv_workspace(conv, 1, *kernel));
  const auto run = [&] { qblock_conv(nullptr, conv, workspace.get(), *kernel); };
  report(layer.operations(), density, fastest_seconds(run, 0.08));
}

}  // namespace

int main() {
  std::printf(
      "float %s: 4x1 80 %%, 90 %%, 8x1 90 %%, 1x1 90 %%; 8 bits %s: 4x4 80 %%, 90 %%, 8x4 90 %%, 32x4 80 "
      "%%\n",
      cpu::name(blockgemm_kernels().isa), cpu::name(qblockgemm_kernels().isa));
  for (const Layer& layer : layers) {
    std::printf("%-16s", layer.name);
    floats(layer, 4, 0.2), floats(layer, 4, 0.1), floats(layer, 8, 0.1), floats(layer, 1, 0.1);
    std::printf(" |");
    bytes(layer, 4, 0.2), bytes(layer, 4, 0.1), bytes(layer, 8, 0.1), bytes(layer, 32, 0.2);
    std::printf("\n");
  }
}
