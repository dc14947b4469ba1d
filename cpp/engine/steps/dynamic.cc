/// Products whose activations are quantized by the range that they have at run time.
#include <algorithm>
#include <cmath>

#include "../registry.h"
#include "minmax/minmax.h"
#include "quantize/quantize.h"

namespace engine {

/// dynamicQuantize: x -> y (bytes), scale, zero point (a byte); elements. ONNX's DynamicQuantizeLinear: the
/// range is widened to hold 0, scale = range / 255, zero point = round(-min / scale).
Step dynamic_quantize_step(StepReader& reader) {
  const std::size_t n = reader.size();
  const std::size_t x = reader.input(0, n * sizeof(float)), y = reader.output(0, n),
                    scale = reader.output(1, sizeof(float)), zero = reader.output(2, 1);
  return {[=](const Run& run) {
            const MinMax range = min_max(run.work, run.at<const float>(x), n);
            const float low = std::min(range.min, 0.0f), high = std::max(range.max, 0.0f);
            const float step = high > low ? (high - low) / 255.0f : 1.0f;
            const float point = std::nearbyint(std::clamp(0.0f - low / step, 0.0f, 255.0f));
            *run.at<float>(scale) = step;
            *run.at<std::uint8_t>(zero) = static_cast<std::uint8_t>(point);
            const auto offset = static_cast<std::int32_t>(point);
            quantize(run.work, run.at<const float>(x), {1, 1, n}, {&step, &offset}, 0, 255, {8, false},
                     run.at<void>(y));
          },
          0, cpu::name(quantize_kernels().isa)};
}

}  // namespace engine
