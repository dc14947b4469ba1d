#include <cstring>

#include "convert.h"

namespace {
#include "element.inc"
}  // namespace

void convert_f16_f32_scalar(const std::uint16_t* bits, std::size_t n, float* y) {
  f16_f32_from(0, bits, n, y);
}
void convert_f32_f16_scalar(const float* x, std::size_t n, std::uint16_t* bits) {
  f32_f16_from(0, x, n, bits);
}
void convert_bf16_f32_scalar(const std::uint16_t* bits, std::size_t n, float* y) {
  bf16_f32_from(0, bits, n, y);
}
void convert_f32_bf16_scalar(const float* x, std::size_t n, std::uint16_t* bits) {
  f32_bf16_from(0, x, n, bits);
}
