#pragma once
#include <cstddef>
#include <span>

#include "../cpu.h"

/// Functions of one element, and their operator's parameters a and b.
#define UNARY_FUNCTIONS(F)                                                                 \
  F(relu, x < 0.0f ? 0.0f : x)                                                             \
  F(leakyRelu, x < 0.0f ? a * x : x)                                                       \
  F(clip, clip_of(x, a, b))                                                                \
  F(sigmoid, sigmoid_of(x))                                                                \
  F(hardSigmoid, clip_of(a* x + b, 0.0f, 1.0f))                                            \
  F(hardSwish, x* clip_of(x*(1.0f / 6.0f) + 0.5f, 0.0f, 1.0f))                             \
  F(tanh, tanh_of(x))                                                                      \
  F(elu, x < 0.0f ? a * (exp_of(x) - 1.0f) : x)                                            \
  F(selu, x > 0.0f ? b * x : b * (a * exp_of(x) - a))                                      \
  F(celu, x < 0.0f ? a * (exp_of(x / a) - 1.0f) : x)                                       \
  F(gelu, gelu_of(x))                                                                      \
  F(geluTanh, gelu_tanh_of(x))                                                             \
  F(silu, x* sigmoid_of(x* a))                                                             \
  F(mish, mish_of(x))                                                                      \
  F(softsign, x / (1.0f + float_of(bits_of(x) & 0x7fffffffu)))                             \
  F(thresholdedRelu, x > a ? x : 0.0f)                                                     \
  F(exp, exp_of(x))                                                                        \
  F(erf, erf_of(x))                                                                        \
  F(reciprocal, 1.0f / x)                                                                  \
  F(abs, float_of(bits_of(x) & 0x7fffffffu))                                               \
  F(neg, -x)                                                                               \
  F(affine, a* x + b)                                                                      \
  F(sqrt, sqrtf(x))                                                                        \
  F(floor, floorf(x))                                                                      \
  F(ceil, ceilf(x))                                                                        \
  F(round, nearbyintf(x))                                                                  \
  F(sign, x > 0.0f ? 1.0f : (x < 0.0f ? -1.0f : x))                                        \
  F(softplus, (x < 0.0f ? 0.0f : x) + log1pf(exp_of(-float_of(bits_of(x) & 0x7fffffffu)))) \
  F(log, logf(x))                                                                          \
  F(sin, sinf(x))                                                                          \
  F(cos, cosf(x))                                                                          \
  F(tan, tanf(x))                                                                          \
  F(asin, asinf(x))                                                                        \
  F(acos, acosf(x))                                                                        \
  F(atan, atanf(x))                                                                        \
  F(sinh, sinhf(x))                                                                        \
  F(cosh, coshf(x))                                                                        \
  F(asinh, asinhf(x))                                                                      \
  F(acosh, acoshf(x))                                                                      \
  F(atanh, atanhf(x))

/// Functions of two elements.
#define BINARY_FUNCTIONS(F)                      \
  F(add, l + r)                                  \
  F(sub, l - r)                                  \
  F(mul, l* r)                                   \
  F(div, l / r)                                  \
  F(max, l != l ? l : (r > l || r != r) ? r : l) \
  F(min, l != l ? l : (r < l || r != r) ? r : l) \
  F(prelu, l < 0.0f ? l * r : l)                 \
  F(pow, powf(l, r))

#define ENUMERATOR(name, formula) name,
enum class Unary : unsigned char { UNARY_FUNCTIONS(ENUMERATOR) };
enum class Binary : unsigned char { BINARY_FUNCTIONS(ENUMERATOR) };
#undef ENUMERATOR

/// y[i] = f(x[i]) for i < n; y may be x. What functions.inc computes is off by what it says there; all
/// variants return the same bits.
using unary_f32 = void(Unary function, const float* x, std::size_t n, float a, float b, float* y);

/// y[i] = f(l[i * l_step], r[i * r_step]) for i < n, each step 0 or 1; y may be l or r. Exact: all variants
/// return the same bits.
using binary_f32 = void(Binary function, const float* l, std::size_t l_step, const float* r,
                        std::size_t r_step, std::size_t n, float* y);

struct ElementwiseKernels {
  cpu::Isa isa;
  unary_f32* unary;
  binary_f32* binary;
};

#define KERNEL(isa)          \
  unary_f32 unary_f32_##isa; \
  binary_f32 binary_f32_##isa;
#include "kernels.inc"
#undef KERNEL

std::span<const ElementwiseKernels> elementwise_variants();
const ElementwiseKernels& elementwise_kernels();
