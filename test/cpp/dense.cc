#include "dense.h"

#include <algorithm>

double exact(double x, const Activation& f) {
  const double alpha = f.alpha, beta = f.beta;
  switch (f.kind) {
    case ActivationKind::none:
      return x;
    case ActivationKind::relu:
      return std::max(x, 0.0);
    case ActivationKind::clip:
      return std::min(std::max(x, alpha), beta);
    case ActivationKind::leaky_relu:
      return x < 0 ? alpha * x : x;
    case ActivationKind::hard_swish:
      return x * std::min(std::max(x / 6 + 0.5, 0.0), 1.0);
    case ActivationKind::hard_sigmoid:
      return std::min(std::max(alpha * x + beta, 0.0), 1.0);
    case ActivationKind::sigmoid:
      return 1 / (1 + std::exp(-x));
    case ActivationKind::silu:
      return x / (1 + std::exp(-x));
    case ActivationKind::gelu_erf:
      return x / 2 * std::erfc(-x / std::sqrt(2.0));
    case ActivationKind::gelu_tanh: {
      const double inner = std::sqrt(2 / 3.14159265358979323846) * (x + 0.044715 * x * x * x);
      return x / (1 + std::exp(-2 * inner));  // (1 + tanh u) / 2 without cancellation
    }
    case ActivationKind::tanh:
      return std::tanh(x);
  }
  return x;
}

double slope(const Activation& f) {
  switch (f.kind) {
    case ActivationKind::leaky_relu:
    case ActivationKind::hard_sigmoid:
      return std::max(1.0, std::fabs(static_cast<double>(f.alpha)));
    case ActivationKind::hard_swish:
      return 1.5;
    default:
      return 1.2;  // silu 1.10, gelu 1.13
  }
}

std::vector<Activation> activations() {
  using enum ActivationKind;
  return {
      {none},    {relu}, {clip, -0.5f, 0.75f}, {leaky_relu, 0.1f}, {hard_swish}, {hard_sigmoid, 0.2f, 0.5f},
      {sigmoid}, {silu}, {gelu_erf},           {gelu_tanh},        {tanh}};
}

namespace {

/// Square kernel, stride and dilation; the output is as large as the pads on all sides make it.
ConvShape square(std::size_t channels, std::size_t height, std::size_t width, std::size_t kernel,
                 std::size_t stride = 1, std::size_t pad = 0, std::size_t dilation = 1) {
  const std::size_t reach = (kernel - 1) * dilation + 1;
  return {channels,
          height,
          width,
          kernel,
          kernel,
          stride,
          stride,
          dilation,
          dilation,
          pad,
          pad,
          (height + 2 * pad - reach) / stride + 1,
          (width + 2 * pad - reach) / stride + 1};
}

}  // namespace

std::vector<ConvShape> conv_shapes() {
  std::vector<ConvShape> shapes = {square(1, 1, 1, 1),         square(3, 5, 7, 1),
                                   square(5, 14, 14, 1),       square(7, 28, 28, 1, 2),
                                   square(2, 9, 9, 3, 1, 1),   square(6, 14, 14, 3, 1, 1),
                                   square(3, 7, 7, 3, 1, 1),   square(3, 33, 17, 3, 2, 1),
                                   square(3, 30, 30, 7, 2, 3), square(2, 12, 12, 3, 1, 2, 2),
                                   square(2, 20, 20, 5, 3, 2), square(1, 2, 2, 3, 1, 2),
                                   square(2, 6, 50, 3, 1, 0),  square(2, 3, 3, 3),
                                   square(80, 6, 6, 3, 1, 1),  square(1, 1, 1, 3, 1, 1),
                                   square(3, 40, 40, 2, 2, 0), square(70, 7, 7, 3, 1, 1),
                                   square(5, 5, 10, 1),        square(5, 3, 17, 1)};
  shapes.push_back({4, 1, 60, 1, 5, 1, 2, 1, 1, 0, 2, 1, 30});   // one-dimensional
  shapes.push_back({2, 10, 11, 3, 1, 2, 1, 1, 1, 1, 0, 5, 11});  // strides differ
  shapes.push_back({2, 6, 6, 3, 3, 1, 1, 1, 1, 0, 1, 6, 9});     // pads at the end only, and wide ones
  return shapes;
}

std::vector<ConvShape> sparse_shapes() {
  std::vector<ConvShape> shapes = conv_shapes();
  for (const ConvShape& s :
       {square(3, 30, 50, 3, 1, 1),  square(3, 61, 61, 3, 2, 1),   square(2, 40, 70, 5, 1, 2),
        square(3, 9, 64, 1),         square(40, 4, 5, 1),          square(40, 3, 11, 1),
        square(40, 6, 11, 1),        square(130, 28, 28, 3, 1, 1), square(2, 70, 71, 1),
        square(9, 7, 7, 3, 1, 1),    square(20, 7, 7, 1),          square(5, 14, 14, 1, 2),
        square(3, 4, 12, 1),         square(40, 14, 14, 3, 1, 1),  square(200, 14, 14, 1),
        square(70, 29, 30, 3, 2, 1), square(5, 14, 14, 1),         square(4, 7, 37, 1),
        square(2, 4, 53, 1),         square(3, 15, 49, 1)}) {
    shapes.push_back(s);
  }
  return shapes;
}

std::string text(const ConvShape& s) {
  const auto by = [](std::size_t a, std::size_t b) { return std::to_string(a) + "x" + std::to_string(b); };
  return std::to_string(s.channels) + " of " + by(s.height, s.width) + " kernel " +
         by(s.kernel_height, s.kernel_width) + " stride " + by(s.stride_height, s.stride_width) + " pad " +
         by(s.pad_top, s.pad_left) + " to " + by(s.out_height, s.out_width);
}
