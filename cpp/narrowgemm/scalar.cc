#include <string.h>

#include "narrowgemm.h"

namespace {

float float_at(const std::uint32_t* at) {
  float x;
  memcpy(&x, at, 4);
  return x;
}

/// Weight k of a block's output j, unscaled.
float value(const NarrowPanel& p, const std::uint32_t* words, std::size_t k, std::size_t j) {
  if (p.bits == 8) return reinterpret_cast<const std::int8_t*>(words)[k * p.width + j];
  const int nibble = static_cast<int>(words[k / 8 * p.width + j] >> (k % 8 * 4)) & 15;
  return static_cast<float>(nibble > 7 ? nibble - 16 : nibble);
}

}  // namespace

void narrow_gemv_panel_scalar(const float* x, std::size_t x_step, std::size_t rows, const NarrowPanel& p,
                              const float* block_sums, float* sums) {
  for (std::size_t r = 0; r < rows; ++r) {
    for (std::size_t j = 0; j < p.width; ++j) {
      float total = 0;
      for (std::size_t b = 0; b < p.blocks; ++b) {
        const std::uint32_t* at = p.data + b * p.block_step();
        const std::uint32_t* words = at + p.head();
        float sum = 0;
        for (std::size_t k = 0; k < p.block(); ++k)
          sum += x[r * x_step + p.block() * b + k] * value(p, words, k, j);
        total += float_at(at + j) * sum;
        if (p.has_shifts) total += float_at(at + p.width + j) * block_sums[r * p.blocks + b];
      }
      sums[r * p.width + j] = total;
    }
  }
}

void narrow_unpack_panel_scalar(const NarrowPanel& p, std::size_t depth, float* to) {
  for (std::size_t k = 0; k < depth; ++k) {
    const std::size_t b = k / p.block();
    const std::uint32_t* at = p.data + b * p.block_step();
    const std::uint32_t* words = at + p.head();
    for (std::size_t j = 0; j < p.width; ++j) {
      const float shift = p.has_shifts ? float_at(at + p.width + j) : 0;
      to[k * p.width + j] = float_at(at + j) * value(p, words, k % p.block(), j) + shift;
    }
  }
}
