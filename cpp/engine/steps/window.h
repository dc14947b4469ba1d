#pragma once
#include "../stepReader.h"
#include "pooling/pooling.h"

namespace engine {

/// in, out, kernel, stride, dilation and pad of the height, then of the width.
Window read_window(StepReader& reader);

}  // namespace engine
