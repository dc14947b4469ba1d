#include "channelsum/channelsum.h"

#include "arguments.h"
#include "functions.h"

/// channelSums(x, outer, channels, inner, sums)
Napi::Value channel_sums(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const Span<float> x = arguments.array<float>(0, "x");
  const Layout layout = arguments.layout(1, x.size);
  const Span<double> sums = arguments.array<double>(4, "sums", layout.channels);
  return arguments.start([=](const Work& work) { channel_sums(work, x.data, layout, sums.data); });
}
