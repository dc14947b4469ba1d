#include <string.h>

#include <cstring>

#include "qnarrowgemm.h"

namespace {
#include "round.inc"

float float_at(const std::uint32_t* at) {
  float x;
  memcpy(&x, at, 4);
  return x;
}

/// Weight k of eight.
std::int32_t weight(const NarrowPanel& p, const std::uint32_t* words, std::size_t k) {
  if (p.bits == 8) return static_cast<std::int8_t>(words[k % 2 * p.width] >> (k / 2 * 8) & 255);
  const int nibble = static_cast<int>(words[0] >> (4 * k)) & 15;
  return nibble > 7 ? nibble - 16 : nibble;
}

/// Of one block, from a column on.
std::int32_t product(const NarrowPanel& p, const std::uint32_t* words, const std::int8_t* q) {
  std::int32_t sum = 0;
  for (std::size_t first = 0; first < p.block(); first += 8, words += p.width * p.bits / 4) {
    for (std::size_t k = 0; k < 8; ++k) sum += weight(p, words, k) * q[first + k / 2 + k % 2 * 4];
  }
  return sum;
}

float output(const RoundedRows& x, const NarrowPanel& p, std::size_t j) {
  float total = 0;
  for (std::size_t b = 0; b < p.blocks; ++b) {
    const std::uint32_t* at = p.data + b * p.block_step() + j;
    const std::int32_t sum = product(p, at + p.head(), x.q + b * p.block());
    total += float_at(at) * x.scales[b] * static_cast<float>(sum);
    if (p.has_shifts) total += float_at(at + p.width) * (x.scales[b] * static_cast<float>(x.sums[b]));
  }
  return total;
}

}  // namespace

void qnarrow_panel_scalar(const RoundedRows& x, std::size_t rows, const NarrowPanel& p, float* sums) {
  for (std::size_t r = 0; r < rows; ++r) {
    for (std::size_t j = 0; j < p.width; ++j) sums[r * p.width + j] = output(x.from(r), p, j);
  }
}

void qnarrow_round_scalar(const float* x, std::size_t inputs, const NarrowPanel& panel,
                          const RoundedRows& to) {
  round_row(x, inputs, panel, to);
}
