#include "quantize/quantize.h"

#include "arguments.h"
#include "functions.h"

namespace {

constexpr std::int32_t most = 65535;

int read_bits(Arguments& arguments, std::size_t index) {
  const int bits = arguments.integer(index, "bits", 4, 16);
  arguments.expect(bits == 4 || bits == 8 || bits == 16, "4, 8 or 16", "bits", std::to_string(bits));
  return bits;
}

}  // namespace

/// quantize(x, outer, channels, inner, scales, zeroPoints, qmin, qmax, bits, q)
Napi::Value quantize(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const Span<float> x = arguments.array<float>(0, "x");
  const Layout layout = arguments.layout(1, x.size);
  const Span<float> scales = arguments.array<float>(4, "scale", layout.channels);
  const Span<std::int32_t> zero_points = arguments.array<std::int32_t>(5, "zeroPoint", layout.channels);
  const std::int32_t qmin = arguments.integer(6, "qmin", -most, most);
  const std::int32_t qmax = arguments.integer(7, "qmax", qmin, most);
  const IntegerType type{read_bits(arguments, 8), qmin < 0};
  const Span<void> q = arguments.integers(9, "q", type.bits, x.size);
  return arguments.start([=](const Work& work) {
    quantize(work, x.data, layout, {scales.data, zero_points.data}, qmin, qmax, type, q.data);
  });
}

/// dequantize(q, outer, channels, inner, scales, zeroPoints, bits, signed, y)
Napi::Value dequantize(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const Span<float> y = arguments.array<float>(8, "y");
  const Layout layout = arguments.layout(1, y.size);
  const Span<float> scales = arguments.array<float>(4, "scale", layout.channels);
  const Span<std::int32_t> zero_points = arguments.array<std::int32_t>(5, "zeroPoint", layout.channels);
  const int bits = read_bits(arguments, 6);
  const IntegerType type{bits, arguments.integer(7, "signed", 0, 1) == 1};
  const Span<void> q = arguments.integers(0, "q", bits, y.size);
  return arguments.start([=](const Work& work) {
    dequantize(work, q.data, layout, {scales.data, zero_points.data}, type, y.data);
  });
}
