/// Products whose activations are quantized by the range that they have at run time.
#include "../registry.h"
#include "quantize/dynamicRange.h"
#include "quantize/quantize.h"

namespace engine {

/// dynamicQuantize: x -> y (bytes), scale, zero point (a byte); elements. ONNX's DynamicQuantizeLinear.
Step dynamic_quantize_step(StepReader& reader) {
  const std::size_t n = reader.size();
  const std::size_t x = reader.input(0, n * sizeof(float)), y = reader.output(0, n),
                    scale = reader.output(1, sizeof(float)), zero = reader.output(2, 1);
  return {[=](const Run& run) {
            const DynamicRange range(min_max(run.work, run.at<const float>(x), n));
            *run.at<float>(scale) = range.scale;
            *run.at<std::uint8_t>(zero) = static_cast<std::uint8_t>(range.zero_point);
            quantize(run.work, run.at<const float>(x), {1, 1, n}, {&range.scale, &range.zero_point}, 0, 255,
                     {8, false}, run.at<void>(y));
          },
          0, cpu::name(quantize_kernels().isa)};
}

}  // namespace engine
