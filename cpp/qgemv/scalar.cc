#include <string.h>

#include "qgemv.h"

namespace {

std::int32_t product(const std::uint8_t* x, std::uint32_t word) {
  signed char w[4];
  memcpy(w, &word, 4);
  return x[0] * w[0] + x[1] * w[1] + x[2] * w[2] + x[3] * w[3];
}

/// Sums wrap.
void add_to(std::int32_t& sum, std::int32_t term) {
  sum = static_cast<std::int32_t>(static_cast<std::uint32_t>(sum) + static_cast<std::uint32_t>(term));
}

}  // namespace

void gemv_s8_panel_scalar(const std::uint8_t* x, std::size_t x_step, std::size_t rows,
                          const std::uint32_t* panel, std::size_t width, std::size_t depth,
                          std::int32_t* sums) {
  for (std::size_t at = 0; at < rows * width; ++at) sums[at] = 0;
  for (std::size_t k = 0; k < depth; ++k) {
    for (std::size_t r = 0; r < rows; ++r) {
      for (std::size_t j = 0; j < width; ++j)
        add_to(sums[r * width + j], product(x + r * x_step + 4 * k, panel[k * width + j]));
    }
  }
}

void gemv_s8_blocks_scalar(const std::uint8_t* x, const std::uint32_t* values, const std::uint32_t* indices,
                           std::size_t blocks, std::int32_t* sums) {
  for (std::size_t j = 0; j < 16; ++j) sums[j] = 0;
  for (std::size_t b = 0; b < blocks; ++b) {
    for (std::size_t j = 0; j < 16; ++j) add_to(sums[j], product(x + 4 * indices[b], values[16 * b + j]));
  }
}
