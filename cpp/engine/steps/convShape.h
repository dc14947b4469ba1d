#pragma once
#include "../stepReader.h"
#include "conv/conv.h"
#include "epilogue.h"

namespace engine {

/// channels, height, width, kernel, stride and dilation of height and width each, pad at the top and on the
/// left, height and width of the output.
ConvShape read_conv_shape(StepReader& reader);

/// What float convolutions have in common, whatever form their weights have: x, weights, bias or nothing,
/// residual or nothing -> y.
struct FloatConvolution {
  std::size_t images, groups, m;
  ConvShape shape;
  std::size_t x, y;
  EpilogueSpec epilogue;
};

/// images, groups, output channels of a group, shape of one group, epilogue. Of x, and of y and the residual,
/// the first of so many equal parts.
FloatConvolution read_float_convolution(StepReader& reader, std::size_t x_parts = 1, std::size_t y_parts = 1);

}  // namespace engine
