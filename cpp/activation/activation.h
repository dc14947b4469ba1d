#pragma once
#include <cstdint>

/// Element-wise functions that kernels apply as they store (ONNX's definitions):
///
///   relu          max(x, 0)                          clip       min(max(x, alpha), beta)
///   leaky_relu    x < 0 ? alpha x : x                hard_swish x min(max(x / 6 + 1/2, 0), 1)
///   hard_sigmoid  min(max(alpha x + beta, 0), 1)     sigmoid    1 / (1 + exp(-x))
///   silu          x sigmoid(x)                       tanh       tanh(x)
///   gelu_erf      x / 2 (1 + erf(x / sqrt(2)))
///   gelu_tanh     x / 2 (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3)))
///
/// Off by at most 1e-6 of the result's magnitude, where exp(-|u|) decides it 1e-6 (1 + |u|) of it with u the
/// argument of gelu_tanh's logistic form x / (1 + exp(-u)); and by 1e-35, as tails end at about 1e-36. In
/// hard_swish and hard_sigmoid terms may cancel, which leaves 2^-23 of the larger one. NaN stays NaN.
enum class ActivationKind : std::uint8_t {
  none,
  relu,
  clip,
  leaky_relu,
  hard_swish,
  hard_sigmoid,
  sigmoid,
  silu,
  gelu_erf,
  gelu_tanh,
  tanh
};

struct Activation {
  ActivationKind kind = ActivationKind::none;
  float alpha = 0, beta = 0;
};
