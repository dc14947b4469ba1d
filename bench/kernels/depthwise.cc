// GFLOP/s and GOP/s of depthwise convolutions on one thread: bench/kernels/depthwise, under any
// ONNXPRESS_ISA.
#include "depthwise/depthwise.h"

#include <cstdio>
#include <vector>

#include "timing.h"

namespace {

struct Layer {
  const char* name;
  std::size_t channels, size, kernel, stride;

  ConvShape shape() const {
    const std::size_t pad = kernel / 2, out = (size + 2 * pad - kernel) / stride + 1;
    return {1, size, size, kernel, kernel, stride, stride, 1, 1, pad, pad, out, out};
  }
};

constexpr Layer layers[] = {{"3x3 32 112", 32, 112, 3, 1}, {"3x3 s2 96 112", 96, 112, 3, 2},
                            {"3x3 144 56", 144, 56, 3, 1}, {"3x3 192 28", 192, 28, 3, 1},
                            {"3x3 384 14", 384, 14, 3, 1}, {"3x3 s2 576 14", 576, 14, 3, 2},
                            {"3x3 960 7", 960, 7, 3, 1},   {"5x5 120 28", 120, 28, 5, 1},
                            {"5x5 672 14", 672, 14, 5, 1}, {"7x7 96 56", 96, 56, 7, 1}};

void floats(const Layer& layer, double operations) {
  const ConvShape s = layer.shape();
  const std::vector<float> x(layer.channels * s.height * s.width, 0.5f), w(layer.channels * s.taps(), 0.25f);
  const std::vector<float> bias(layer.channels, 1.0f);
  std::vector<float> c(layer.channels * s.pixels());
  Depthwise d{};
  d.images = d.outputs = 1, d.channels = layer.channels, d.shape = s;
  d.x = x.data(), d.weights = w.data(), d.c = c.data(), d.bias = bias.data();
  d.activation = {ActivationKind::clip, 0, 6};
  const auto workspace = space<std::byte>(depthwise_workspace(s, 1));
  const double seconds = fastest_seconds([&] { depthwise(nullptr, d, workspace.get()); });
  std::printf("%-16s %8.1f us %7.1f GFLOP/s", layer.name, seconds * 1e6, operations / seconds / 1e9);
}

void bytes(const Layer& layer, double operations) {
  const ConvShape s = layer.shape();
  const std::vector<std::uint8_t> x(layer.channels * s.height * s.width, 5);
  const std::vector<std::int8_t> w(layer.channels * s.taps(), 3);
  const std::vector<std::int32_t> bias(layer.channels, 1);
  const std::vector<float> multiplier(layer.channels, 0.01f);
  std::vector<std::uint8_t> c(layer.channels * s.pixels());
  const auto packed = space<std::uint32_t>(qdepthwise_packed_size(layer.channels, s.taps()));
  qdepthwise_pack(w.data(), layer.channels, s.taps(), packed.get(), nullptr);
  QDepthwise d{};
  d.images = 1, d.channels = layer.channels, d.shape = s;
  d.x = x.data(), d.weights = packed.get(), d.c = c.data();
  d.requantize.bias = bias.data(), d.requantize.multiplier = multiplier.data();
  const auto workspace = space<std::byte>(depthwise_workspace(s, 1));
  const double seconds = fastest_seconds([&] { depthwise(nullptr, d, workspace.get()); });
  std::printf("   8 bits %8.1f us %7.1f GOP/s\n", seconds * 1e6, operations / seconds / 1e9);
}

}  // namespace

int main() {
  std::printf("depthwise, %s\n", cpu::name(depthwise_kernels().isa));
  for (const Layer& layer : layers) {
    const ConvShape s = layer.shape();
    const double operations = 2.0 * static_cast<double>(layer.channels * s.pixels() * s.taps());
    floats(layer, operations);
    bytes(layer, operations);
  }
}
