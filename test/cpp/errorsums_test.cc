#include "errorsums/errorsums.h"

#include "support.h"

namespace {

/// What the lanes may differ from an exact sum: each of n/8 additions a lane, 3 to fold and `pieces` to join
/// rounds once, each relative to a partial sum no larger than the sum of magnitudes; `extra` roundings inside
/// a term.
double bound(std::size_t n, std::size_t pieces, double extra, long double magnitudes) {
  const double roundings = static_cast<double>(n) / 8 + 1 + 3 + static_cast<double>(pieces) + extra;
  return roundings * unit_roundoff * static_cast<double>(magnitudes) *
         1.01;  // 1.01: the twin's own, second order
}

struct Exact {
  long double signal = 0, noise = 0, dot = 0, dot_size = 0, energy = 0, largest = 0;
};

Exact twin(const float* a, const float* b, std::size_t n) {
  Exact t;
  for (std::size_t i = 0; i < n; ++i) {
    const long double x = a[i], y = b[i], d = x - y;
    t.signal += x * x;
    t.noise += d * d;
    t.dot += x * y;
    t.dot_size += std::fabs(x * y);
    t.energy += y * y;
    if (std::fabs(d) > t.largest) t.largest = std::fabs(d);
  }
  return t;
}

void expect_near(const ErrorSums& got, const Exact& want, std::size_t n, std::size_t pieces) {
  const auto near = [&](double g, long double w, double extra, long double size) {
    EXPECT_LE(std::fabs(static_cast<double>(static_cast<long double>(g) - w)), bound(n, pieces, extra, size));
  };
  near(got.signal, want.signal, 0, want.signal);
  near(got.energy, want.energy, 0, want.energy);
  near(got.dot, want.dot, 0, want.dot_size);
  near(got.noise, want.noise, 3, want.noise);
  near(got.largest, want.largest, 1, want.largest);
}

void expect_same(const ErrorSums& a, const ErrorSums& b) {
  EXPECT_TRUE(same(a.signal, b.signal)) << a.signal << " " << b.signal;
  EXPECT_TRUE(same(a.noise, b.noise)) << a.noise << " " << b.noise;
  EXPECT_TRUE(same(a.dot, b.dot)) << a.dot << " " << b.dot;
  EXPECT_TRUE(same(a.energy, b.energy)) << a.energy << " " << b.energy;
  EXPECT_TRUE(same(a.largest, b.largest)) << a.largest << " " << b.largest;
}

/// Dequantized in float32 exactly as ONNX says; the error in double.
double twin_error(float x, float scale, std::int32_t zero_point, std::int32_t qmin, std::int32_t qmax) {
  const auto ratio = static_cast<float>(static_cast<double>(x) / static_cast<double>(scale));
  const double q = (std::isnan(ratio) ? 0.0 : std::nearbyint(static_cast<double>(ratio))) + zero_point;
  const double kept = q < qmin ? qmin : q > qmax ? qmax : q;
  const auto back = static_cast<float>((kept - zero_point) * static_cast<double>(scale));
  const double d = static_cast<double>(x) - static_cast<double>(back);
  return d * d;
}

class ErrorSumVariants : public testing::TestWithParam<ErrorSumKernels> {};

TEST_P(ErrorSumVariants, SumsAreWithinTheBound) {
  for_each_input(Mix::finite, [&](const float* a, std::size_t n) {
    const std::vector<float> b = values(n, 99);
    expect_near(GetParam().sums(a, b.data(), n), twin(a, b.data(), n), n, 0);
  });
}

TEST_P(ErrorSumVariants, AllVariantsGiveTheSameBits) {
  for (Mix mix : {Mix::finite, Mix::special}) {
    for_each_input(mix, [&](const float* a, std::size_t n) {
      const std::vector<float> b = values(n, 98, mix);
      const FakeQuantize rule{0.043f, 7, -100, 90};
      expect_same(GetParam().sums(a, b.data(), n), error_sums_f32_scalar(a, b.data(), n));
      EXPECT_TRUE(same(GetParam().run(a, n, rule), quantization_error_f32_scalar(a, n, rule)));
    });
  }
}

TEST_P(ErrorSumVariants, QuantizationErrorIsWithinTheBound) {
  for (const FakeQuantize& rule :
       {FakeQuantize{0.037f, 0, -127, 127}, {0.5f, 130, 0, 255}, {1e-3f, 3, 10, 15}}) {
    for_each_input(Mix::finite, [&](const float* x, std::size_t n) {
      long double want = 0;
      for (std::size_t i = 0; i < n; ++i) {
        want += static_cast<long double>(twin_error(x[i], rule.scale, rule.zero_point, rule.qmin, rule.qmax));
      }
      EXPECT_NEAR(GetParam().run(x, n, rule), static_cast<double>(want), bound(n, 0, 0, want));
    });
  }
}

TEST_P(ErrorSumVariants, ColumnErrorsAddRowsInOrder) {
  for (std::size_t columns : lengths) {
    const std::size_t rows = 4, stride = columns + 3;
    const std::vector<float> x = values(1 + rows * stride, static_cast<unsigned>(columns), Mix::special);
    std::vector<float> scale(columns);
    std::vector<std::int32_t> zero(columns);
    std::vector<double> sums(columns, 0.25), want(columns, 0.25);
    for (std::size_t j = 0; j < columns; ++j) {
      scale[j] = 0.02f + 0.01f * static_cast<float>(j % 7);
      zero[j] = static_cast<std::int32_t>(j % 5) - 2;
      for (std::size_t r = 0; r < rows; ++r)
        want[j] += twin_error(x[1 + r * stride + j], scale[j], zero[j], -8, 7);
    }
    GetParam().columns(x.data() + 1, rows, stride, columns, {scale.data(), zero.data(), -8, 7}, sums.data());
    for (std::size_t j = 0; j < columns; ++j)
      ASSERT_TRUE(same(sums[j], want[j])) << sums[j] << " for " << want[j];
  }
}

FOR_EACH_VARIANT(ErrorSumVariants, error_sum_variants());

TEST(ErrorSumDriver, SameBitsOnAnyNumberOfThreads) {
  for (std::size_t n : {0, 1, 65537, 140001}) {
    const std::vector<float> a = values(n, 1), b = values(n, 2);
    const Exact want = twin(a.data(), b.data(), n);
    ErrorSums first = {};
    bool have = false;
    with_pools([&](const Work& work) {
      const ErrorSums got = error_sums(work, a.data(), b.data(), n);
      expect_near(got, want, std::min(n, chunk_size), chunks_of(n));
      if (have) expect_same(got, first);
      first = got;
      have = true;
    });
  }
}

TEST(ErrorSumDriver, ChannelErrorsEqualTwin) {
  for (const Layout& layout : layouts()) {
    SCOPED_TRACE(text(layout));
    const std::vector<float> x = values(layout.size(), 4);
    std::vector<float> scale(layout.channels);
    std::vector<std::int32_t> zero(layout.channels);
    std::vector<long double> want(layout.channels);
    for (std::size_t c = 0; c < layout.channels; ++c) {
      scale[c] = 0.01f + 0.004f * static_cast<float>(c % 9);
      zero[c] = static_cast<std::int32_t>(c % 4);
    }
    for (std::size_t i = 0; i < x.size(); ++i) {
      const std::size_t c = i / layout.inner % layout.channels;
      want[c] += static_cast<long double>(twin_error(x[i], scale[c], zero[c], -128, 127));
    }
    std::vector<double> first;
    with_pools([&](const Work& work) {
      std::vector<double> sums(layout.channels, -1);
      quantization_error(work, x.data(), layout, {scale.data(), zero.data(), -128, 127}, sums.data());
      for (std::size_t c = 0; c < layout.channels; ++c) {
        // No order of adding n terms rounds more than n times.
        const double most = static_cast<double>(layout.outer * layout.inner) * unit_roundoff;
        ASSERT_NEAR(sums[c], static_cast<double>(want[c]), most * static_cast<double>(want[c]) * 1.01);
      }
      if (!first.empty()) {
        ASSERT_EQ(sums, first);
      }
      first = sums;
    });
  }
}

}  // namespace
