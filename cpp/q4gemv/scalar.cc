#include <string.h>

#include "q4gemv.h"

namespace {

float float_at(const std::uint32_t* at) {
  float x;
  memcpy(&x, at, 4);
  return x;
}

/// Eight weights by eight inputs.
std::int32_t product(std::uint32_t word, const std::int8_t* q) {
  std::int32_t sum = 0;
  for (int e = 0; e < 8; ++e) {
    const int nibble = static_cast<int>(word >> (4 * e)) & 15;
    sum += (nibble > 7 ? nibble - 16 : nibble) * q[e / 2 + e % 2 * 4];
  }
  return sum;
}

}  // namespace

void q4gemv_s8_panel_scalar(const Q8Row& x, const NarrowPanel& p, float* sums) {
  for (std::size_t j = 0; j < p.width; ++j) {
    float total = 0;
    for (std::size_t b = 0; b < p.blocks; ++b) {
      const std::uint32_t* at = p.data + b * p.block_step();
      const std::uint32_t* words = at + p.head() + j;
      std::int32_t sum = 0;
      for (std::size_t w = 0; w < p.block_words; ++w)
        sum += product(words[w * p.width], x.q + 8 * (b * p.block_words + w));
      total += float_at(at + j) * x.scales[b] * static_cast<float>(sum);
      if (p.has_shifts) total += float_at(at + p.width + j) * (x.scales[b] * static_cast<float>(x.sums[b]));
    }
    sums[j] = total;
  }
}
