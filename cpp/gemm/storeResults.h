#pragma once
#include <algorithm>
#include <cstddef>

#include "gemm.h"

/// Stores the sums [rows][width] of a product whose results are rows of `outputs` numbers, from `row` and
/// `output` on; what lies beyond the last output is left out. The epilogue's bias is one an output.
inline void store_results(const float* sums, std::size_t width, std::size_t row, std::size_t rows,
                          std::size_t output, std::size_t outputs, const GemmEpilogue& e, float* y) {
  const std::size_t at = row * outputs + output;
  const TileEpilogue epilogue{nullptr, e.bias ? e.bias + output : nullptr,
                              e.residual ? e.residual + at : nullptr, outputs, e.activation};
  gemm_kernels().store(sums, width, rows, std::min(width, outputs - output), epilogue, y + at, outputs);
}
