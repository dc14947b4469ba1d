#include "convert/convert.h"

#include "arguments.h"
#include "functions.h"

/// toFloat32(bits, isBfloat16, y)
Napi::Value to_float32(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const Span<std::uint16_t> bits = arguments.array<std::uint16_t>(0, "bits");
  const bool brain = arguments.integer(1, "type", 0, 1) == 1;
  const Span<float> y = arguments.array<float>(2, "y", bits.size);
  widen_16bit* const kernel = brain ? convert_kernels().from_bf16 : convert_kernels().from_f16;
  return arguments.start([=](const Work& work) { widen(work, kernel, bits.data, bits.size, y.data); });
}

/// fromFloat32(x, isBfloat16, bits)
Napi::Value from_float32(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const Span<float> x = arguments.array<float>(0, "x");
  const bool brain = arguments.integer(1, "type", 0, 1) == 1;
  const Span<std::uint16_t> bits = arguments.array<std::uint16_t>(2, "bits", x.size);
  narrow_f32* const kernel = brain ? convert_kernels().to_bf16 : convert_kernels().to_f16;
  return arguments.start([=](const Work& work) { narrow(work, kernel, x.data, x.size, bits.data); });
}
