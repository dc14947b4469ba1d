#include "channelsum.h"

namespace {
#include "element.inc"
}  // namespace

double sum_f32_scalar(const float* x, std::size_t n) {
  double sums[lanes] = {};
  for (std::size_t i = 0; i < n; ++i) sums[i % lanes] += static_cast<double>(x[i]);
  return folded(sums);
}

void sum_columns_f32_scalar(const float* x, std::size_t rows, std::size_t stride, std::size_t columns,
                            double* sums) {
  for (std::size_t r = 0; r < rows; ++r, x += stride) {
    for (std::size_t j = 0; j < columns; ++j) sums[j] += static_cast<double>(x[j]);
  }
}
