#include "errorsums/errorsums.h"

#include "arguments.h"
#include "functions.h"

/// errorSums(reference, actual, out): out = [signal, noise, dot, energy, largest]
Napi::Value error_sums(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const Span<float> reference = arguments.array<float>(0, "reference");
  const Span<float> actual = arguments.array<float>(1, "actual", reference.size);
  const Span<double> out = arguments.array<double>(2, "out", 5);
  return arguments.start([=](const Work& work) {
    const ErrorSums sums = error_sums(work, reference.data, actual.data, reference.size);
    out.data[0] = sums.signal;
    out.data[1] = sums.noise;
    out.data[2] = sums.dot;
    out.data[3] = sums.energy;
    out.data[4] = sums.largest;
  });
}

/// quantizationError(x, outer, channels, inner, scales, zeroPoints, qmin, qmax, sums)
Napi::Value quantization_error(const Napi::CallbackInfo& info) {
  constexpr std::int32_t most = 65535;
  Arguments arguments(info);
  const Span<float> x = arguments.array<float>(0, "x");
  const Layout layout = arguments.layout(1, x.size);
  const Span<float> scales = arguments.array<float>(4, "scale", layout.channels);
  const Span<std::int32_t> zero_points = arguments.array<std::int32_t>(5, "zeroPoint", layout.channels);
  const std::int32_t qmin = arguments.integer(6, "qmin", -most, most);
  const std::int32_t qmax = arguments.integer(7, "qmax", qmin, most);
  const Span<double> sums = arguments.array<double>(8, "sums", layout.channels);
  return arguments.start([=](const Work& work) {
    quantization_error(work, x.data, layout, {scales.data, zero_points.data, qmin, qmax}, sums.data);
  });
}
