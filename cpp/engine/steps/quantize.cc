#include "quantize/quantize.h"

#include "../registry.h"

namespace engine {
namespace {

struct Spec {
  Layout layout;
  IntegerType type;
  std::size_t scales, zero_points;
};

/// outer, channels, inner, bits, whether signed
Spec read_spec(StepReader& reader) {
  const std::size_t outer = reader.size(), channels = reader.size(), inner = reader.size(),
                    bits = reader.size();
  const bool is_signed = reader.flag();
  product_of({outer, channels, inner});
  reader.expect(bits == 8, "8 bits");
  return {{outer, channels, inner},
          {8, is_signed},
          reader.input(1, channels * sizeof(float)),
          reader.input(2, channels * sizeof(std::int32_t))};
}

}  // namespace

/// quantize: x, scales, zero points (int32) -> y (bytes); outer, channels, inner, bits, whether signed
Step quantize_step(StepReader& reader) {
  const Spec spec = read_spec(reader);
  const std::size_t n = product_of({spec.layout.outer, spec.layout.channels, spec.layout.inner});
  const std::size_t x = reader.input(0, n * sizeof(float)), y = reader.output(0, n);
  const std::int32_t least = spec.type.is_signed ? -128 : 0;
  return {[=](const Run& run) {
            quantize(run.work, run.at<const float>(x), spec.layout,
                     {run.at<const float>(spec.scales), run.at<const std::int32_t>(spec.zero_points)}, least,
                     least + 255, spec.type, run.at<void>(y));
          },
          0, cpu::name(quantize_kernels().isa)};
}

/// dequantize: x (bytes), scales, zero points (int32) -> y; outer, channels, inner, bits, whether signed
Step dequantize_step(StepReader& reader) {
  const Spec spec = read_spec(reader);
  const std::size_t n = product_of({spec.layout.outer, spec.layout.channels, spec.layout.inner});
  const std::size_t x = reader.input(0, n), y = reader.output(0, n * sizeof(float));
  return {[=](const Run& run) {
            dequantize(run.work, run.at<const void>(x), spec.layout,
                       {run.at<const float>(spec.scales), run.at<const std::int32_t>(spec.zero_points)},
                       spec.type, run.at<float>(y));
          },
          0, cpu::name(quantize_kernels().isa)};
}

}  // namespace engine
