// GOP/s of the 8-bit kernels on one thread: bench/kernels/qgemm, under any ONNXPRESS_ISA.
#include "qgemm/qgemm.h"

#include <algorithm>
#include <cstdio>
#include <random>
#include <vector>

#include "qblockgemm/planesConv.h"
#include "qpairs/conv.h"
#include "qpairs/linear.h"
#include "shapes.h"
#include "timing.h"

namespace {

void report(const char* name, double operations, double seconds) {
  std::printf("%-16s %8.1f us %7.0f GOP/s\n", name, seconds * 1e6, operations / seconds / 1e9);
}

/// As a channel's weights are distributed whose largest one is 127.
std::vector<std::int8_t> weights(std::size_t count) {
  std::mt19937 random(1);
  std::normal_distribution<float> normal(0, 42);
  std::vector<std::int8_t> w(count);
  for (std::int8_t& each : w) each = static_cast<std::int8_t>(std::clamp(normal(random), -127.0f, 127.0f));
  return w;
}

void convolution(const Layer& layer) {
  const ConvShape s = layer.shape((layer.inputs + 3) / 4);
  const std::size_t m = layer.outputs, n = s.pixels(), words = s.channels * s.height * s.width;
  const std::vector<std::uint8_t> x(words * 4, 5);
  const std::vector<std::int8_t> w = weights(m * layer.inputs * s.taps());
  const std::vector<std::int32_t> bias(m, 7);
  const std::vector<float> multiplier(m, 0.001f);
  std::vector<std::uint8_t> c((m + 3) / 4 * 4 * n);
  const auto left = space<std::uint32_t>(qgemm_packed_size(Side::left, m, s.depth()));
  const WeightView view{w.data(), m, layer.inputs, s.taps(), layer.inputs * s.taps(), s.taps()};
  qgemm_pack(Side::left, view, left.get(), nullptr);
  QGemm g{};
  g.items = 1, g.m = m, g.n = n, g.depth = s.depth();
  g.packed = Side::left, g.panels = left.get(), g.packed_items = 1;
  g.fill = conv_fill(s, x.data(), 0, 0x05050505u, qgemm_kernels().size);
  g.scratch = conv_scratch(s, qgemm_kernels().size);
  g.output = Output::c4, g.c = c.data(), g.stride = n * 4;
  g.requantize.bias = bias.data(), g.requantize.multiplier = multiplier.data();
  const auto workspace = space<std::byte>(qgemm_workspace(g, 1));
  report(layer.name, layer.operations(), fastest_seconds([&] { qgemm(nullptr, g, workspace.get()); }));
  const auto planes = [&](const char* name, const WeightPanels& panels, const QBlockKernel& kernel) {
    const PlanesConv conv{1, m, {s, x.data(), 0, 0x05050505u}, {&panels, 1}, c.data(), 0, g.requantize};
    const auto room = space<std::byte>(planes_workspace(conv, 1, kernel));
    report(name, layer.operations(),
           fastest_seconds([&] { planes_conv(nullptr, conv, room.get(), kernel); }));
  };
  if (const QBlockKernel* kernel = dense_planes_kernel())
    planes("  to planes", {left.get(), nullptr, nullptr, s.depth()}, *kernel);
  if (const QPairKernels* kernels = qpair_kernels()) {
    const QPairWeights pairs = pack_qpairs(view);
    const QPairConv conv{1, m, {s, x.data(), 0, 0x05050505u}, {&pairs, 1}, c.data(), 0, g.requantize};
    const auto room = space<std::byte>(qpair_conv_workspace(conv, 1, *kernels));
    report("  by pairs", layer.operations(),
           fastest_seconds([&] { qpair_conv(nullptr, conv, room.get(), *kernels); }));
  }
}

void linear(const LinearLayer& l) {
  const std::vector<std::uint8_t> a(l.rows * l.inputs, 5);
  const std::vector<std::int8_t> w = weights(l.inputs * l.outputs);
  const std::vector<std::int32_t> bias(l.outputs, 7);
  const std::vector<float> multiplier(l.outputs, 0.001f);
  std::vector<float> c(l.rows * l.outputs);
  const std::size_t depth = (l.inputs + 3) / 4;
  const auto right = space<std::uint32_t>(qgemm_packed_size(Side::right, l.outputs, depth));
  qgemm_pack(Side::right, {w.data(), l.outputs, l.inputs, 1, 1, l.outputs}, right.get(), nullptr);
  QGemm g{};
  g.items = 1, g.m = l.rows, g.n = l.outputs, g.depth = depth;
  g.packed = Side::right, g.panels = right.get(), g.packed_items = 1;
  g.fill = qgemm_fill(a.data(), l.rows, l.inputs, l.inputs);
  g.output = Output::f32, g.c = c.data(), g.stride = l.outputs;
  g.dequantize.bias = bias.data(), g.dequantize.multiplier = multiplier.data();
  const auto workspace = space<std::byte>(qgemm_workspace(g, 1));
  report(l.name, l.operations(), fastest_seconds([&] { qgemm(nullptr, g, workspace.get()); }));
  if (const QPairKernels* kernels = qpair_kernels()) {
    const std::vector<std::int8_t> turned = weights(l.inputs * l.outputs);
    const QPairWeights pairs = pack_qpairs({turned.data(), l.outputs, l.inputs, 1, l.inputs, 1});
    const QPairLinear layer{l.rows, l.inputs, a.data(), &pairs, Output::f32, c.data(), {}, g.dequantize, {}};
    const auto room = space<std::byte>(qpair_linear_workspace(layer, 1, *kernels));
    report("  by pairs", l.operations(),
           fastest_seconds([&] { qpair_linear(nullptr, layer, room.get(), *kernels); }));
  }
}

}  // namespace

int main() {
  std::printf("qgemm, %s\n", cpu::name(qgemm_kernels().isa));
  for (const Layer& layer : layers) convolution(layer);
  for (const LinearLayer& layer : linear_layers) linear(layer);
}
