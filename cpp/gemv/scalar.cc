#include "gemv.h"

void gemv_f32_panel_scalar(const float* x, std::size_t x_step, std::size_t rows, const float* panel,
                           std::size_t width, std::size_t depth, float* sums) {
  for (std::size_t at = 0; at < rows * width; ++at) sums[at] = 0;
  for (std::size_t k = 0; k < depth; ++k) {
    for (std::size_t r = 0; r < rows; ++r) {
      for (std::size_t j = 0; j < width; ++j) sums[r * width + j] += x[r * x_step + k] * panel[k * width + j];
    }
  }
}

void gemv_f32_blocks_scalar(const float* x, const float* values, const std::uint32_t* indices,
                            std::size_t blocks, float* sums) {
  for (std::size_t j = 0; j < 16; ++j) sums[j] = 0;
  for (std::size_t b = 0; b < blocks; ++b) {
    for (std::size_t j = 0; j < 16; ++j) sums[j] += x[indices[b]] * values[16 * b + j];
  }
}
