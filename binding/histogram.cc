#include "histogram/histogram.h"

#include <cmath>

#include "arguments.h"
#include "functions.h"

/// histogram(x, min, max, counts, out): adds to counts, out = [number of elements not finite]
Napi::Value histogram(const Napi::CallbackInfo& info) {
  constexpr std::size_t most_bins = std::size_t{1} << 20;
  Arguments arguments(info);
  const Span<float> x = arguments.array<float>(0, "x");
  const float min = static_cast<float>(arguments.number(1, "min"));
  const float max = static_cast<float>(arguments.number(2, "max"));
  const Span<double> counts = arguments.array<double>(3, "counts");
  const Span<double> out = arguments.array<double>(4, "out", 1);
  arguments.expect(std::isfinite(min) && std::isfinite(max) && min < max, "a finite min below a finite max",
                   "histogram", std::to_string(min) + " and " + std::to_string(max));
  arguments.expect(counts.size >= 1 && counts.size <= most_bins, "1 to 1048576 bins", "counts",
                   std::to_string(counts.size));
  const BinRule rule = bin_rule(min, max, static_cast<std::uint32_t>(counts.size));
  return arguments.start([=](const Work& work) {
    out.data[0] = static_cast<double>(histogram(work, x.data, x.size, rule, counts.data));
  });
}
