#include "minmax/minmax.h"

#include "arguments.h"
#include "functions.h"

/// minMax(x, out): out = [min, max, number of elements not finite]
Napi::Value min_max(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const Span<float> x = arguments.array<float>(0, "x");
  const Span<double> out = arguments.array<double>(1, "out", 3);
  return arguments.start([=](const Work& work) {
    const MinMax found = min_max(work, x.data, x.size);
    out.data[0] = found.min;
    out.data[1] = found.max;
    out.data[2] = static_cast<double>(found.non_finite);
  });
}

/// minMaxPerChannel(x, outer, channels, inner, min, max)
Napi::Value min_max_per_channel(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const Span<float> x = arguments.array<float>(0, "x");
  const Layout layout = arguments.layout(1, x.size);
  const Span<float> min = arguments.array<float>(4, "min", layout.channels);
  const Span<float> max = arguments.array<float>(5, "max", layout.channels);
  return arguments.start(
      [=](const Work& work) { min_max_per_channel(work, x.data, layout, min.data, max.data); });
}
