#include "errorsums.h"

namespace {
#include "element.inc"
}  // namespace

ErrorSums error_sums_f32_scalar(const float* a, const float* b, std::size_t n) {
  LaneSums sums = {};
  for (std::size_t i = 0; i < n; ++i) add(sums, i % lanes, a[i], b[i]);
  return folded(sums);
}

double quantization_error_f32_scalar(const float* x, std::size_t n, const FakeQuantize& rule) {
  double sums[lanes] = {};
  for (std::size_t i = 0; i < n; ++i) {
    sums[i % lanes] += squared_error(x[i], rule.scale, rule.zero_point, rule.qmin, rule.qmax);
  }
  return folded(sums);
}

void quantization_error_columns_f32_scalar(const float* x, std::size_t rows, std::size_t stride,
                                           std::size_t columns, const FakeQuantizeColumns& rule,
                                           double* sums) {
  for (std::size_t r = 0; r < rows; ++r) add_columns(x + r * stride, 0, columns, rule, sums);
}
