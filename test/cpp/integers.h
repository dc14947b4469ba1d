#pragma once
#include <cmath>
#include <random>
#include <vector>

#include "qgemm/requantize.h"

/// Operands of 8-bit products, and what follows them.

template <class T>
std::vector<T> bytes(std::size_t n, unsigned seed) {
  std::mt19937 random(seed);
  std::vector<T> x(n);
  for (T& v : x) v = static_cast<T>(random() % 11 == 0 ? (random() % 2 ? 0x80 : 0xff) : random());
  return x;
}

inline std::vector<std::int32_t> biases(std::size_t n, unsigned seed) {
  std::mt19937 random(seed);
  std::vector<std::int32_t> x(n);
  for (auto& v : x) v = static_cast<std::int32_t>(random() % 20001) - 10000;
  return x;
}

/// Multipliers that bring sums of this many terms to some hundreds.
inline std::vector<float> multipliers(std::size_t n, std::size_t terms, unsigned seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<float> uniform(0.2f, 3.0f);
  std::vector<float> x(n);
  for (float& v : x) v = uniform(random) / (100 * std::sqrt(static_cast<float>(terms) + 1));
  return x;
}

/// The documented formula by the C library's own rounding.
inline std::uint8_t twin(std::int64_t sum, const Requantize& r, std::size_t channel, std::size_t at) {
  const auto saturate = [](double v, int low, int high) {
    return static_cast<int>(
        std::nearbyint(std::min(std::max(v, static_cast<double>(low)), static_cast<double>(high))));
  };
  if (r.bias) sum += r.bias[channel];
  const float scaled = static_cast<float>(static_cast<std::int32_t>(sum)) * r.multiplier[channel];
  int q = saturate(static_cast<double>(scaled), r.low - r.zero_point, r.high - r.zero_point) + r.zero_point;
  if (r.table) q = r.table[q];
  if (r.other) {
    const auto other = static_cast<float>(r.other[at]), own = static_cast<float>(q);
    const float sum = r.other_first ? std::fma(other, r.other_ratio, std::fma(own, r.ratio, r.fixed))
                                    : std::fma(own, r.ratio, std::fma(other, r.other_ratio, r.fixed));
    q = saturate(static_cast<double>(sum), r.other_low, r.other_high);
  }
  if (r.last_table) q = r.last_table[q];
  return static_cast<std::uint8_t>(q);
}

/// Every combination of steps in turn.
struct Steps {
  std::vector<std::uint8_t> table = bytes<std::uint8_t>(256, 7), last = bytes<std::uint8_t>(256, 8);

  Requantize make(std::size_t round, const std::int32_t* bias, const float* multiplier,
                  const std::uint8_t* other) const {
    Requantize r;
    r.bias = round % 5 == 4 ? nullptr : bias;
    r.multiplier = multiplier;
    if (round % 6 == 5) {
      r.low = -128, r.high = 127, r.zero_point = -3;
      return r;
    }
    r.zero_point = round % 2 ? 128 : round % 4 == 0 ? 0 : 3;
    if (round % 3 == 1) r.low = r.zero_point;  // a fused Relu
    if (round % 2) r.table = table.data();
    if (round % 3 == 2) r.other = other, r.ratio = 0.71f, r.other_ratio = 0.4f, r.fixed = -11.25f;
    // Sums that lie at a half but for their last bit.
    if (round % 6 == 2) r.ratio = 0.3f, r.other_ratio = 0.1f, r.fixed = -11.5f;
    r.other_first = round % 4 < 2;
    if (round % 9 == 8) r.other_low = 17, r.other_high = 200;
    if (round % 4 == 3) r.last_table = last.data();
    return r;
  }
};
