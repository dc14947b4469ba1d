#pragma once
#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "cpu.h"
#include "layout.h"
#include "threadPool.h"

/// Lengths on both sides of every lane count, and starts that are no multiple of any.
inline constexpr std::size_t lengths[] = {0,  1,  2,  3,  5,  7,  8,   15,   16,
                                          17, 31, 33, 63, 64, 65, 127, 1000, 4099};
inline constexpr std::size_t starts[] = {0, 1, 3};

inline constexpr float infinity = std::numeric_limits<float>::infinity();
inline constexpr float not_a_number = std::numeric_limits<float>::quiet_NaN();
inline constexpr double unit_roundoff = 0x1p-53;

enum class Mix { finite, special };

/// Normal values of many magnitudes. With Mix::special every seventh is a NaN, an infinity, a zero of either
/// sign, a denormal or the largest float. The vector ends where the data ends, so that a sanitizer sees any
/// step beyond.
inline std::vector<float> values(std::size_t n, unsigned seed, Mix mix = Mix::finite) {
  const float specials[] = {not_a_number, infinity, -infinity, 0.0f, -0.0f, 1e-42f, -1e-45f, 3.4028235e38f};
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  std::uniform_int_distribution<int> exponent(-8, 4);
  std::vector<float> x(n);
  for (std::size_t i = 0; i < n; ++i) {
    x[i] = std::ldexp(normal(random), exponent(random));
    if (mix == Mix::special && (i + seed) % 7 == 0) x[i] = specials[(i / 7 + seed) % std::size(specials)];
  }
  return x;
}

/// Calls check(pointer, n) for every length and start.
template <class Check>
void for_each_input(Mix mix, Check check) {
  for (std::size_t n : lengths) {
    for (std::size_t start : starts) {
      SCOPED_TRACE("n = " + std::to_string(n) + ", start = " + std::to_string(start));
      const std::vector<float> x = values(start + n, static_cast<unsigned>(n + 31 * start), mix);
      check(x.data() + start, n);
    }
  }
}

/// The rows of a kernel table that this process may use.
template <class Kernels>
std::vector<Kernels> usable(std::span<const Kernels> rows) {
  std::vector<Kernels> kept;
  for (const Kernels& row : rows) {
    if (cpu::has(row.isa)) kept.push_back(row);
  }
  return kept;
}

/// One test a variant, named after its instruction set.
#define FOR_EACH_VARIANT(Suite, variants)                                        \
  INSTANTIATE_TEST_SUITE_P(Variants, Suite, testing::ValuesIn(usable(variants)), \
                           [](const auto& row) { return std::string(cpu::name(row.param.isa)); })

inline std::uint32_t bits_of(float x) {
  std::uint32_t u;
  std::memcpy(&u, &x, sizeof u);
  return u;
}

inline float float_of(std::uint32_t u) {
  float x;
  std::memcpy(&x, &u, sizeof x);
  return x;
}

/// The same bits, where any NaN is as good as another.
inline bool same(double a, double b) {
  return (std::isnan(a) && std::isnan(b)) || std::memcmp(&a, &b, sizeof a) == 0;
}

/// Layouts with short and long runs, on both sides of the piece and tile sizes.
inline std::vector<Layout> layouts() {
  return {{0, 3, 5},    {1, 1, 1},    {1, 1, 1000},  {3, 5, 7},     {7, 1, 1},     {2, 3, 15},
          {2, 3, 16},   {5, 3000, 1}, {22000, 3, 1}, {1, 2, 65537}, {2, 1, 66000}, {100, 5, 9},
          {1, 2000, 9}, {6, 17, 33},  {1, 4096, 16}, {66, 1025, 1}, {4, 6, 0}};
}

inline std::string text(const Layout& l) {
  return std::to_string(l.outer) + " x " + std::to_string(l.channels) + " x " + std::to_string(l.inner);
}

/// Calls body(work) with pools of several sizes.
template <class Body>
void with_pools(Body body) {
  for (std::size_t threads : {1, 3}) {
    SCOPED_TRACE(std::to_string(threads) + " threads");
    ThreadPool pool(threads);
    const std::atomic<bool> cancelled{false};
    body(Work{pool, cancelled});
  }
}
