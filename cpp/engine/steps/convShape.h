#pragma once
#include "../stepReader.h"
#include "conv/conv.h"

namespace engine {

/// channels, height, width, kernel, stride and dilation of height and width each, pad at the top and on the
/// left, height and width of the output.
ConvShape read_conv_shape(StepReader& reader);

}  // namespace engine
