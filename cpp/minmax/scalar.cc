#include <math.h>

#include "minmax.h"

namespace {
#include "element.inc"
}  // namespace

MinMax min_max_f32_scalar(const float* x, std::size_t n) {
  MinMax result{HUGE_VALF, -HUGE_VALF, 0};
  for (std::size_t i = 0; i < n; ++i) join(x[i], result);
  return settled(result);
}

void min_max_columns_f32_scalar(const float* x, std::size_t rows, std::size_t stride, std::size_t columns,
                                float* min, float* max) {
  for (std::size_t r = 0; r < rows; ++r) join_columns(x + r * stride, 0, columns, min, max);
}
