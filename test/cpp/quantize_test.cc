#include "quantize/quantize.h"

#include <bit>

#include "support.h"

namespace {

/// ONNX's formula as written: round, add, saturate. A float64 quotient of two floats rounds to the float32
/// quotient.
std::int32_t twin(float x, float scale, std::int32_t zero_point, std::int32_t qmin, std::int32_t qmax) {
  const auto ratio = static_cast<float>(static_cast<double>(x) / static_cast<double>(scale));
  const double steps = std::isnan(ratio) ? 0.0 : std::nearbyint(static_cast<double>(ratio));
  const double q = steps + zero_point;
  return static_cast<std::int32_t>(q < qmin ? qmin : q > qmax ? qmax : q);
}

/// (q - zero point) has 17 bits and the scale 24: the product is exact in double and rounds once.
float twin_back(std::int32_t q, float scale, std::int32_t zero_point) {
  return static_cast<float>(static_cast<double>(q - zero_point) * static_cast<double>(scale));
}

struct Case {
  IntegerType type;
  std::int32_t qmin, qmax, zero_point;
};

const Case cases[] = {
    {{8, true}, -128, 127, 0},      {{8, true}, -127, 127, 3}, {{8, true}, -64, 64, -64},
    {{8, false}, 0, 255, 128},      {{8, false}, 0, 127, 17},  {{16, true}, -32768, 32767, -5},
    {{16, false}, 0, 65535, 40000}, {{4, true}, -8, 7, 0},     {{4, false}, 0, 15, 9},
};

const float scales[] = {0.0371f, 1.0f, 1e-5f, 0.5f, 3e38f, 1e-42f};

/// What a store of `bits` keeps of q, read back as the type says.
std::int32_t stored(std::uint32_t raw, const IntegerType& type) {
  const std::int32_t kept = static_cast<std::int32_t>(raw & ((1u << type.bits) - 1));
  return type.is_signed && kept >= 1 << (type.bits - 1) ? kept - (1 << type.bits) : kept;
}

class QuantizeVariants : public testing::TestWithParam<QuantizeKernels> {
 protected:
  template <class Stored>
  void check(const Case& c, float scale, const float* x, std::size_t n) {
    std::vector<Stored> q(n), q_columns(n);
    std::vector<float> scale_each(n), back(n), back_columns(n);
    std::vector<std::int32_t> zero_each(n);
    for (std::size_t i = 0; i < n; ++i) {
      scale_each[i] = scale * (1 + static_cast<float>(i % 5) / 8);
      zero_each[i] = c.zero_point + static_cast<std::int32_t>(i % 3);
    }
    const QuantizeRule rule{scale, c.zero_point, c.qmin, c.qmax};
    const QuantizeColumns columns{scale_each.data(), zero_each.data(), c.qmin, c.qmax};
    const DequantizeRule rule_back{scale, c.zero_point, c.type.flip()};
    const DequantizeColumns columns_back{scale_each.data(), zero_each.data(), c.type.flip()};
    if constexpr (sizeof(Stored) == 1) {
      GetParam().run8(x, n, rule, q.data());
      GetParam().columns8(x, n, columns, q_columns.data());
      GetParam().back8(q.data(), n, rule_back, back.data());
      GetParam().back_columns8(q_columns.data(), n, columns_back, back_columns.data());
    } else {
      GetParam().run16(x, n, rule, q.data());
      GetParam().columns16(x, n, columns, q_columns.data());
      GetParam().back16(q.data(), n, rule_back, back.data());
      GetParam().back_columns16(q_columns.data(), n, columns_back, back_columns.data());
    }
    for (std::size_t i = 0; i < n; ++i) {
      const std::int32_t one = stored(q[i], c.type), each = stored(q_columns[i], c.type);
      ASSERT_EQ(one, twin(x[i], scale, c.zero_point, c.qmin, c.qmax)) << "x = " << x[i];
      ASSERT_EQ(each, twin(x[i], scale_each[i], zero_each[i], c.qmin, c.qmax)) << "x = " << x[i];
      ASSERT_TRUE(same(back[i], twin_back(one, scale, c.zero_point)));
      ASSERT_TRUE(same(back_columns[i], twin_back(each, scale_each[i], zero_each[i])));
    }
  }
};

TEST_P(QuantizeVariants, EqualTwinBothWays) {
  for (const Case& c : cases) {
    if (c.type.bits == 4) continue;
    for (float scale : scales) {
      SCOPED_TRACE(std::to_string(c.type.bits) + " bits from " + std::to_string(c.qmin) + ", scale " +
                   std::to_string(scale));
      for_each_input(Mix::special, [&](const float* x, std::size_t n) {
        c.type.bits == 8 ? check<std::uint8_t>(c, scale, x, n) : check<std::uint16_t>(c, scale, x, n);
      });
    }
  }
}

TEST_P(QuantizeVariants, TiesGoToEven) {
  std::vector<float> x;
  for (int k = -300; k <= 300; ++k) x.push_back(static_cast<float>(k) + 0.5f);
  std::vector<std::uint8_t> q(x.size());
  GetParam().run8(x.data(), x.size(), {1.0f, 0, -128, 127}, q.data());
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double even =
        2 * std::floor((static_cast<double>(x[i]) + 0.5) / 2 + 0.25);  // of k and k+1 the even one
    const double want = even < -128 ? -128 : even > 127 ? 127 : even;
    EXPECT_EQ(static_cast<std::int8_t>(q[i]), want) << x[i];
  }
}

/// Where the last bit of the quotient decides: numbers next to halves, by scales of all mantissas.
TEST_P(QuantizeVariants, QuotientsNextToHalvesAreThoseOfADivision) {
  std::mt19937 random(5);
  for (int round = 0; round < 400; ++round) {
    const auto bits = static_cast<std::uint32_t>(random());
    const std::uint32_t mantissa = round % 3 == 0 ? 0x7fffffu - bits % 4 : bits % 0x800000u;
    const auto scale = std::bit_cast<float>((120 + (bits >> 28)) << 23 | mantissa);
    const Case& c = cases[static_cast<std::size_t>(round) % 5];
    std::vector<float> x(517);
    for (float& v : x) {
      const float near = (static_cast<float>(random() % 512) - 255.5f) * scale;
      v = std::bit_cast<float>(std::bit_cast<std::uint32_t>(near) + static_cast<std::uint32_t>(random() % 5) -
                               2);
    }
    x[3] = INFINITY, x[70] = -INFINITY, x[135] = NAN, x[200] = 3e38f, x[300] = -3e38f, x[400] = 1e-44f;
    check<std::uint8_t>(c, scale, x.data(), x.size());
  }
}

TEST_P(QuantizeVariants, FourBitsPackAndUnpack) {
  for (std::size_t n : lengths) {
    std::vector<std::uint8_t> bytes(n), packed((n + 1) / 2), again(n);
    for (std::size_t i = 0; i < n; ++i) bytes[i] = static_cast<std::uint8_t>(i * 37 + 11);
    GetParam().pack(bytes.data(), n, packed.data());
    for (std::size_t i = 0; i < n; ++i) ASSERT_EQ(packed[i / 2] >> (i % 2 ? 4 : 0) & 15, bytes[i] & 15);
    if (n % 2 == 1) {
      EXPECT_EQ(packed.back() >> 4, 0);
    }
    GetParam().unpack(packed.data(), n, again.data());
    for (std::size_t i = 0; i < n; ++i) ASSERT_EQ(again[i], bytes[i] & 15);
  }
}

FOR_EACH_VARIANT(QuantizeVariants, quantize_variants());

/// All layouts, types and pools: each element with the scale and zero point of its channel.
TEST(QuantizeDriver, EqualsTwinOnAnyNumberOfThreads) {
  for (const Layout& layout : layouts()) {
    const std::vector<float> x = values(layout.size(), 21, Mix::special);
    std::vector<float> scale(layout.channels);
    for (std::size_t c = 0; c < layout.channels; ++c) scale[c] = 0.01f + 0.003f * static_cast<float>(c % 11);
    for (const Case& c : cases) {
      SCOPED_TRACE(text(layout) + ", " + std::to_string(c.type.bits) + " bits");
      std::vector<std::int32_t> zero(layout.channels);
      for (std::size_t k = 0; k < zero.size(); ++k) zero[k] = c.zero_point + static_cast<std::int32_t>(k % 3);
      std::vector<std::int32_t> want(x.size());
      for (std::size_t i = 0; i < x.size(); ++i) {
        const std::size_t channel = i / layout.inner % layout.channels;
        want[i] = twin(x[i], scale[channel], zero[channel], c.qmin, c.qmax);
      }
      with_pools([&](const Work& work) {
        std::vector<std::uint8_t> q((x.size() * static_cast<std::size_t>(c.type.bits) + 7) / 8);
        std::vector<float> back(x.size());
        quantize(work, x.data(), layout, {scale.data(), zero.data()}, c.qmin, c.qmax, c.type, q.data());
        dequantize(work, q.data(), layout, {scale.data(), zero.data()}, c.type, back.data());
        for (std::size_t i = 0; i < x.size(); ++i) {
          const std::size_t channel = i / layout.inner % layout.channels;
          std::uint32_t raw = 0;
          if (c.type.bits == 16) raw = q[2 * i] | static_cast<std::uint32_t>(q[2 * i + 1]) << 8;
          if (c.type.bits == 8) raw = q[i];
          if (c.type.bits == 4) raw = q[i / 2] >> (i % 2 ? 4 : 0);
          ASSERT_EQ(stored(raw, c.type), want[i]) << i;
          ASSERT_TRUE(same(back[i], twin_back(want[i], scale[channel], zero[channel]))) << i;
        }
      });
    }
  }
}

}  // namespace
