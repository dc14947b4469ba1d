#include "bytes/bytes.h"

#include "bytes/c4.h"
#include "support.h"

namespace {

std::vector<std::uint8_t> bytes(std::size_t n, unsigned seed) {
  std::mt19937 random(seed);
  std::vector<std::uint8_t> x(n);
  for (std::uint8_t& byte : x) byte = static_cast<std::uint8_t>(random());
  return x;
}

constexpr ByteArithmetic sum{false, 0.4f, 0.7f, 12.5f, 0, 0, 10, 250};
/// Of l = 39 and r = 255 127.49999, where steps are fused, and 127.5 where they are not.
constexpr ByteArithmetic next_to_half{false, 3.28338528f, 0.5f, -128.052032f, 0, 0, 0, 255};
constexpr ByteArithmetic product{true, 0.01f, 0, 128, 100, 30, 0, 255};

double truth(const ByteArithmetic& how, int l, int r) {
  const double v =
      how.is_product
          ? (l - how.l_zero) * (r - how.r_zero) * static_cast<double>(how.l_ratio) + how.fixed
          : l * static_cast<double>(how.l_ratio) + r * static_cast<double>(how.r_ratio) + how.fixed;
  return std::min(std::max(v, static_cast<double>(how.low)), static_cast<double>(how.high));
}

int fused_sum(const ByteArithmetic& how, int l, int r) {
  const float right = std::fma(static_cast<float>(r), how.r_ratio, how.fixed);
  const float v = std::fma(static_cast<float>(l), how.l_ratio, right);
  return static_cast<int>(std::nearbyint(std::min(std::max(v, how.low), how.high)));
}

class ByteVariants : public testing::TestWithParam<ByteKernels> {};

TEST_P(ByteVariants, ArithmeticOfEveryPairOfBytes) {
  for (const ByteArithmetic& how : {sum, next_to_half, product}) {
    for (int l = 0; l < 256; ++l) {
      std::uint8_t left = static_cast<std::uint8_t>(l), right[256], y[256], want[256];
      for (int r = 0; r < 256; ++r) right[r] = static_cast<std::uint8_t>(r);
      GetParam().arithmetic(how, &left, 0, right, 1, 256, y);
      byte_arithmetic_scalar(how, &left, 0, right, 1, 256, want);
      for (int r = 0; r < 256; ++r) {
        ASSERT_EQ(y[r], want[r]);
        ASSERT_NEAR(y[r], truth(how, l, r), 0.5001) << l << " and " << r;
        if (!how.is_product) {
          ASSERT_EQ(y[r], fused_sum(how, l, r)) << l << " and " << r;
        }
      }
    }
  }
}

TEST_P(ByteVariants, EntriesOfTables) {
  const std::vector<std::uint8_t> table = bytes(256, 5);
  for (std::size_t n :
       {std::size_t{0}, std::size_t{1}, std::size_t{63}, std::size_t{256}, std::size_t{1000}}) {
    std::vector<std::uint8_t> x = bytes(n, 6), y(n + 1, 77);
    for (std::size_t i = 0; i < std::min<std::size_t>(n, 256); ++i) x[i] = static_cast<std::uint8_t>(i);
    GetParam().look_up(x.data(), n, table.data(), y.data());
    for (std::size_t i = 0; i < n; ++i) ASSERT_EQ(y[i], table[x[i]]);
    ASSERT_EQ(y[n], 77);
  }
}

TEST_P(ByteVariants, EveryLengthAndStep) {
  for (std::size_t n : lengths) {
    const std::vector<std::uint8_t> l = bytes(n + 1, 1), r = bytes(n + 4, 2);
    std::vector<std::uint8_t> y(n), want(n);
    for (std::size_t l_step : {0, 1}) {
      GetParam().arithmetic(sum, l.data(), l_step, r.data(), 1, n, y.data());
      for (std::size_t i = 0; i < n; ++i) ASSERT_NEAR(y[i], truth(sum, l[i * l_step], r[i]), 0.5001);
    }
    GetParam().by_channel(product, l.data(), r.data(), n, y.data());
    for (std::size_t i = 0; i < n; ++i) ASSERT_NEAR(y[i], truth(product, l[i], r[i % 4]), 0.5001);
    std::int32_t sums[4], expected[4] = {};
    GetParam().sum(l.data(), n / 4 * 4, sums);
    for (std::size_t i = 0; i < n / 4 * 4; ++i) expected[i % 4] += l[i];
    for (int k = 0; k < 4; ++k) ASSERT_EQ(sums[k], expected[k]);
    std::vector<std::uint32_t> words(n);
    const std::vector<std::uint8_t> c = bytes(n, 3), d = bytes(n, 4);
    const std::uint8_t* const rows[4] = {l.data(), r.data(), c.data(), d.data()};
    GetParam().interleave(rows, n, words.data());
    std::vector<std::uint8_t> back[4];
    for (auto& row : back) row.resize(n);
    std::uint8_t* const to[4] = {back[0].data(), back[1].data(), back[2].data(), back[3].data()};
    GetParam().deinterleave(words.data(), n, to);
    for (std::size_t i = 0; i < n; ++i) {
      ASSERT_EQ(words[i] & 255u, l[i]);
      ASSERT_EQ(words[i] >> 24, d[i]);
      for (int k = 0; k < 4; ++k) ASSERT_EQ(back[k][i], rows[k][i]);
    }
  }
}

FOR_EACH_VARIANT(ByteVariants, byte_variants());

TEST(C4, PacksAndUnpacksOnAnyPool) {
  with_pools([&](const Work& work) {
    for (const C4Image& image : {C4Image{1, 3, 5}, C4Image{2, 4, 1}, C4Image{3, 9, 1500}}) {
      const std::size_t n = image.images * image.channels * image.pixels;
      const std::vector<std::uint8_t> rows = bytes(n, 5);
      std::vector<std::uint8_t> c4(image.bytes(), 77), back(n);
      c4_pack(work, image, rows.data(), 128, c4.data());
      for (std::size_t i = 0; i < image.images; ++i) {
        for (std::size_t c = 0; c < 4 * image.planes(); ++c) {
          for (std::size_t p = 0; p < image.pixels; ++p) {
            const int want = c < image.channels ? rows[(i * image.channels + c) * image.pixels + p] ^ 128 : 0;
            ASSERT_EQ(c4[((i * image.planes() + c / 4) * image.pixels + p) * 4 + c % 4], want);
          }
        }
      }
      c4_unpack(work, image, c4.data(), 128, back.data());
      EXPECT_EQ(back, rows);
    }
  });
}

TEST(C4, QuantizesAndDequantizes) {
  const C4Image image{2, 5, 1030};
  const std::vector<float> x = values(2 * 5 * 1030, 8);
  std::vector<std::uint8_t> c4(image.bytes());
  std::vector<float> y(x.size());
  with_pools([&](const Work& work) {
    c4_quantize(work, image, x.data(), {0.05f, 128, 0, 255}, c4.data());
    c4_dequantize(work, image, c4.data(), {0.05f, 128, 0}, y.data());
    for (std::size_t i = 0; i < x.size(); ++i) {
      const double want = std::min(std::max(std::nearbyint(x[i] / 0.05f), -128.0f), 127.0f) * 0.05;
      EXPECT_NEAR(y[i], want, 1e-5);
    }
  });
}

}  // namespace
