#include "convert/convert.h"

#include <algorithm>

#include "support.h"

namespace {

struct Format {
  int exponent_bits, fraction_bits;

  int bias() const { return (1 << (exponent_bits - 1)) - 1; }
  std::uint32_t infinite() const { return ((1u << exponent_bits) - 1) << fraction_bits; }

  /// The number that the magnitude bits h mean, were there no infinity: what rounding compares with.
  double number(std::uint32_t h) const {
    const int exponent = static_cast<int>(h >> fraction_bits);
    const double fraction = std::ldexp(static_cast<double>(h & ((1u << fraction_bits) - 1)), -fraction_bits);
    return exponent == 0 ? std::ldexp(fraction, 1 - bias()) : std::ldexp(1 + fraction, exponent - bias());
  }

  /// The nearest of all numbers, even bits on a tie, found by bisection.
  std::uint32_t nearest(double magnitude) const {
    std::uint32_t low = 0, high = infinite();
    while (high - low > 1) {
      const std::uint32_t middle = (low + high) / 2;
      (number(middle) <= magnitude ? low : high) = middle;
    }
    if (magnitude >= number(high)) return high;
    const double below = magnitude - number(low), above = number(high) - magnitude;
    if (below != above) return below < above ? low : high;
    return low % 2 == 0 ? low : high;
  }
};

constexpr Format f16{5, 10}, bf16{8, 7};

/// Every number of the format, the points halfway between neighbors and the floats around both.
std::vector<float> edges(const Format& format) {
  std::vector<float> x;
  for (std::uint32_t h = 0; h < format.infinite(); ++h) {
    const auto here = static_cast<float>(format.number(h));
    const auto half = static_cast<float>((format.number(h) + format.number(h + 1)) / 2);
    for (float v : {here, half}) {
      for (float near : {std::nextafter(v, -infinity), v, std::nextafter(v, infinity)}) {
        x.push_back(near);
        x.push_back(-near);
      }
    }
  }
  x.insert(x.end(),
           {infinity, -infinity, 3.4028235e38f, -3.4028235e38f, 65519.99f, 65520.0f, 1e-45f, -1e-45f});
  return x;
}

class ConvertVariants : public testing::TestWithParam<ConvertKernels> {
 protected:
  void expect_widened(widen_16bit* kernel, const Format& format) {
    std::vector<std::uint16_t> all(65536);
    for (std::size_t h = 0; h < all.size(); ++h) all[h] = static_cast<std::uint16_t>(h);
    std::vector<float> y(all.size());
    kernel(all.data(), all.size(), y.data());
    for (std::uint32_t h = 0; h < all.size(); ++h) {
      const std::uint32_t magnitude = h & 0x7fff;
      const double size = magnitude == format.infinite() ? infinity : format.number(magnitude);
      if (magnitude > format.infinite()) {
        ASSERT_TRUE(std::isnan(y[h])) << h;
        ASSERT_EQ(std::signbit(y[h]), h >= 0x8000) << h;
      } else {
        ASSERT_TRUE(same(y[h], h < 0x8000 ? size : -size)) << h;
      }
    }
  }

  void expect_narrowed(narrow_f32* kernel, const Format& format) {
    const std::vector<float> x = edges(format);
    std::vector<std::uint16_t> bits(x.size());
    kernel(x.data(), x.size(), bits.data());
    for (std::size_t i = 0; i < x.size(); ++i) {
      const std::uint32_t want =
          format.nearest(std::fabs(static_cast<double>(x[i]))) | (std::signbit(x[i]) ? 0x8000u : 0u);
      ASSERT_EQ(bits[i], want) << x[i];
    }
  }
};

TEST_P(ConvertVariants, EveryFloat16Widens) { expect_widened(GetParam().from_f16, f16); }
TEST_P(ConvertVariants, EveryBfloat16Widens) { expect_widened(GetParam().from_bf16, bf16); }
TEST_P(ConvertVariants, Float16RoundsToNearestEven) { expect_narrowed(GetParam().to_f16, f16); }
TEST_P(ConvertVariants, Bfloat16RoundsToNearestEven) { expect_narrowed(GetParam().to_bf16, bf16); }

TEST_P(ConvertVariants, NanStaysAQuietNanWithItsSignAndTopBits) {
  std::vector<float> x;
  for (std::uint32_t payload : {1u, 0x1fffu, 0x2000u, 0x3fffffu, 0x400000u, 0x7fffffu}) {
    for (std::uint32_t sign : {0u, 0x80000000u}) x.insert(x.end(), 3, float_of(sign | 0x7f800000u | payload));
  }
  std::vector<std::uint16_t> half(x.size()), brain(x.size());
  GetParam().to_f16(x.data(), x.size(), half.data());
  GetParam().to_bf16(x.data(), x.size(), brain.data());
  for (std::size_t i = 0; i < x.size(); ++i) {
    const std::uint32_t u = bits_of(x[i]), sign = u >> 16 & 0x8000u;
    EXPECT_EQ(half[i], sign | 0x7e00u | (u >> 13 & 0x3ffu));
    EXPECT_EQ(brain[i], u >> 16 | 0x40u);
  }
}

TEST_P(ConvertVariants, AllVariantsGiveTheSameBitsAtAnyLengthAndStart) {
  for_each_input(Mix::special, [&](const float* x, std::size_t n) {
    std::vector<std::uint16_t> bits(n), want(n);
    std::vector<float> y(n), y_want(n);
    GetParam().to_f16(x, n, bits.data());
    convert_f32_f16_scalar(x, n, want.data());
    EXPECT_EQ(bits, want);
    GetParam().from_f16(bits.data(), n, y.data());
    convert_f16_f32_scalar(want.data(), n, y_want.data());
    EXPECT_TRUE(std::equal(y.begin(), y.end(), y_want.begin(),
                           [](float a, float b) { return bits_of(a) == bits_of(b); }));
    GetParam().to_bf16(x, n, bits.data());
    convert_f32_bf16_scalar(x, n, want.data());
    EXPECT_EQ(bits, want);
    GetParam().from_bf16(bits.data(), n, y.data());
    for (std::size_t i = 0; i < n; ++i) EXPECT_EQ(bits_of(y[i]), static_cast<std::uint32_t>(bits[i]) << 16);
  });
}

FOR_EACH_VARIANT(ConvertVariants, convert_variants());

TEST(ConvertDriver, ThereAndBackOnAnyNumberOfThreads) {
  for (std::size_t n : {0, 1, 65537, 200003}) {
    std::vector<std::uint16_t> bits(n);
    for (std::size_t i = 0; i < n; ++i) bits[i] = static_cast<std::uint16_t>(i % 0x7c00);
    with_pools([&](const Work& work) {
      std::vector<float> y(n);
      std::vector<std::uint16_t> again(n);
      widen(work, convert_kernels().from_f16, bits.data(), n, y.data());
      narrow(work, convert_kernels().to_f16, y.data(), n, again.data());
      EXPECT_EQ(again, bits);
    });
  }
}

}  // namespace
