// GFLOP/s of the float32 kernels on one thread: bench/kernels/gemm, under any ONNXPRESS_ISA.
#include "gemm/gemm.h"

#include <cstdio>
#include <vector>

#include "shapes.h"
#include "timing.h"

namespace {

void report(const char* name, double operations, double seconds) {
  std::printf("%-16s %8.1f us %7.1f GFLOP/s\n", name, seconds * 1e6, operations / seconds / 1e9);
}

void convolution(const Layer& layer) {
  const ConvShape s = layer.shape(layer.inputs);
  const std::size_t m = layer.outputs, n = s.pixels(), depth = s.depth();
  const std::vector<float> x(s.channels * s.height * s.width, 0.5f), w(m * depth, 0.25f), bias(m, 1.0f);
  std::vector<float> c(m * n);
  const auto left = space<float>(gemm_packed_size(Side::left, m, depth));
  gemm_pack(Side::left, {w.data(), m, depth, depth, 1}, left.get());
  Gemm g{};
  g.items = 1, g.m = m, g.n = n, g.depth = depth;
  g.packed = Side::left, g.panels = left.get(), g.packed_items = 1;
  g.fill = conv_fill(s, x.data(), 0, 0, gemm_kernels().size);
  g.scratch = conv_scratch(s, gemm_kernels().size);
  g.c = c.data(), g.stride = n;
  g.epilogue = {bias.data(), Side::left, 0, nullptr, {ActivationKind::relu}};
  const auto workspace = space<std::byte>(gemm_workspace(g, 1));
  report(layer.name, layer.operations(), fastest_seconds([&] { gemm(nullptr, g, workspace.get()); }));
}

void linear(const LinearLayer& l) {
  const std::vector<float> a(l.rows * l.inputs, 0.5f), w(l.inputs * l.outputs, 0.25f), bias(l.outputs, 1.0f);
  std::vector<float> c(l.rows * l.outputs);
  const auto right = space<float>(gemm_packed_size(Side::right, l.outputs, l.inputs));
  gemm_pack(Side::right, {w.data(), l.outputs, l.inputs, 1, l.outputs}, right.get());
  Gemm g{};
  g.items = 1, g.m = l.rows, g.n = l.outputs, g.depth = l.inputs;
  g.packed = Side::right, g.panels = right.get(), g.packed_items = 1;
  g.fill = gemm_fill(Side::left, {a.data(), l.rows, l.inputs, l.inputs, 1});
  g.c = c.data(), g.stride = l.outputs;
  g.epilogue = {bias.data(), Side::right, 0, nullptr, {}};
  const auto workspace = space<std::byte>(gemm_workspace(g, 1));
  report(l.name, l.operations(), fastest_seconds([&] { gemm(nullptr, g, workspace.get()); }));
}

}  // namespace

int main() {
  std::printf("gemm, %s\n", cpu::name(gemm_kernels().isa));
  for (const Layer& layer : layers) convolution(layer);
  for (const LinearLayer& layer : linear_layers) linear(layer);
}
