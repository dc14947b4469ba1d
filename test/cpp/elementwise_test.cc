#include "elementwise/elementwise.h"

#include <algorithm>
#include <functional>

#include "support.h"

namespace {

struct Function {
  Unary function;
  const char* name;
  float a, b;
  std::function<double(double)> truth;
  /// Relative error that functions.inc promises, and what rounding the arguments adds.
  double relative;
};

double clipped(double x, double low, double high) { return std::min(std::max(x, low), high); }

std::vector<Function> functions() {
  const auto sigmoid = [](double x) { return 1 / (1 + std::exp(-x)); };
  return {
      {Unary::relu, "relu", 0, 0, [](double x) { return std::max(x, 0.0); }, 0},
      {Unary::leakyRelu, "leakyRelu", 0.1f, 0, [](double x) { return x < 0 ? 0.1f * x : x; }, 0x1p-23},
      {Unary::clip, "clip", -1, 6, [](double x) { return clipped(x, -1, 6); }, 0},
      {Unary::sigmoid, "sigmoid", 0, 0, sigmoid, 0x1p-21},
      {Unary::hardSigmoid, "hardSigmoid", 0.25f, 0.5f, [](double x) { return clipped(0.25 * x + 0.5, 0, 1); },
       0x1p-22},
      {Unary::tanh, "tanh", 0, 0, [](double x) { return std::tanh(x); }, 0x1p-20},
      {Unary::exp, "exp", 0, 0, [](double x) { return std::exp(x); }, 0x1p-21},
      {Unary::erf, "erf", 0, 0, [](double x) { return std::erf(x); }, 0x1p-20},
      {Unary::softplus, "softplus", 0, 0,
       [](double x) { return std::max(x, 0.0) + std::log1p(std::exp(-std::fabs(x))); }, 0x1p-20},
      {Unary::silu, "silu", 1, 0, [=](double x) { return x * sigmoid(x); }, 0x1p-20},
      {Unary::softsign, "softsign", 0, 0, [](double x) { return x / (1 + std::fabs(x)); }, 0x1p-22},
      {Unary::reciprocal, "reciprocal", 0, 0, [](double x) { return 1 / x; }, 0x1p-24},
      {Unary::abs, "abs", 0, 0, [](double x) { return std::fabs(x); }, 0},
      {Unary::neg, "neg", 0, 0, [](double x) { return -x; }, 0},
      {Unary::floor, "floor", 0, 0, [](double x) { return std::floor(x); }, 0},
      {Unary::round, "round", 0, 0, [](double x) { return std::nearbyint(x); }, 0},
      {Unary::elu, "elu", 1, 0, [](double x) { return x < 0 ? std::expm1(x) : x; }, 0},  // absolute, below
  };
}

class ElementwiseVariants : public testing::TestWithParam<ElementwiseKernels> {};

TEST_P(ElementwiseVariants, FunctionsAreAsCloseAsPromised) {
  std::vector<float> x;
  for (int i = -3000; i <= 3000; ++i) x.push_back(static_cast<float>(i) / 64.0f + 1e-3f);
  for (float small : {1e-6f, -1e-6f, 1e-20f, 0.5f, -0.5f}) x.push_back(small);
  std::vector<float> y(x.size());
  for (const Function& each : functions()) {
    GetParam().unary(each.function, x.data(), x.size(), each.a, each.b, y.data());
    for (std::size_t i = 0; i < x.size(); ++i) {
      const double want = each.truth(x[i]);
      // e^x - 1 and 1 / (1 + e^-x) carry the rounding of numbers about 1; what is denormal has no relative
      // error.
      const double absolute = (each.function == Unary::elu ? 0x1p-21 : 0x1p-126);
      EXPECT_NEAR(y[i], want, each.relative * std::fabs(want) + absolute) << each.name << " of " << x[i];
    }
  }
}

TEST_P(ElementwiseVariants, EndsOfTheRange) {
  const float x[] = {-infinity, -1e30f, -104.0f, 0.0f, 89.0f, 1e30f, infinity, not_a_number};
  float y[8];
  GetParam().unary(Unary::exp, x, 8, 0, 0, y);
  EXPECT_EQ(y[0], 0.0f);
  EXPECT_EQ(y[1], 0.0f);
  EXPECT_EQ(y[3], 1.0f);
  EXPECT_EQ(y[5], infinity);
  EXPECT_EQ(y[6], infinity);
  EXPECT_TRUE(std::isnan(y[7]));
  for (const Unary bounded : {Unary::sigmoid, Unary::tanh, Unary::erf}) {
    GetParam().unary(bounded, x, 8, 0, 0, y);
    EXPECT_EQ(y[6], 1.0f);
    EXPECT_EQ(y[0], bounded == Unary::sigmoid ? 0.0f : -1.0f);
    EXPECT_TRUE(std::isnan(y[7]));
  }
  GetParam().unary(Unary::relu, x, 8, 0, 0, y);
  EXPECT_TRUE(std::isnan(y[7]));
}

TEST_P(ElementwiseVariants, AllVariantsGiveTheSameBitsAtAnyLengthAndStart) {
  for_each_input(Mix::special, [&](const float* x, std::size_t n) {
    std::vector<float> y(n), want(n);
    for (int f = 0; f <= static_cast<int>(Unary::affine); ++f) {
      GetParam().unary(static_cast<Unary>(f), x, n, 0.3f, 1.7f, y.data());
      unary_f32_scalar(static_cast<Unary>(f), x, n, 0.3f, 1.7f, want.data());
      for (std::size_t i = 0; i < n; ++i) ASSERT_TRUE(same(y[i], want[i])) << f << " of " << x[i];
    }
  });
}

TEST_P(ElementwiseVariants, PairsByEveryStep) {
  for_each_input(Mix::special, [&](const float* x, std::size_t n) {
    const std::vector<float> other = values(n + 1, static_cast<unsigned>(n), Mix::special);
    std::vector<float> y(n);
    for (std::size_t l_step : {0, 1}) {
      for (std::size_t r_step : {0, 1}) {
        const float* left = l_step ? x : other.data();
        if (n == 0) continue;
        GetParam().binary(Binary::sub, left, l_step, other.data(), r_step, n, y.data());
        for (std::size_t i = 0; i < n; ++i) {
          ASSERT_TRUE(same(y[i], left[i * l_step] - other[i * r_step]));
        }
        GetParam().binary(Binary::max, left, l_step, other.data(), r_step, n, y.data());
        for (std::size_t i = 0; i < n; ++i) {
          const float a = left[i * l_step], b = other[i * r_step];
          ASSERT_TRUE(std::isnan(a) || std::isnan(b) ? std::isnan(y[i]) : y[i] == std::max(a, b));
        }
      }
    }
  });
}

FOR_EACH_VARIANT(ElementwiseVariants, elementwise_variants());

}  // namespace
