#include "blocklinear/blocklinear.h"

#include "dense.h"

namespace {

struct Shape {
  std::size_t rows, outputs, inputs;
};

/// Few and many rows, ragged in all directions, and one whose rows do not fit one block of panels.
constexpr Shape shapes[] = {{1, 1, 1},    {3, 5, 7},     {8, 16, 33},   {17, 31, 64},
                            {64, 48, 20}, {129, 70, 65}, {200, 40, 40}, {66, 9, 4500}};

std::string text(const Shape& s) {
  return std::to_string(s.rows) + " x " + std::to_string(s.inputs) + " x " + std::to_string(s.outputs);
}

/// Weights [outputs][inputs] of which `kept` of 16 blocks of rows by columns hold something.
template <class T, class Draw>
std::vector<T> sparse(const Shape& s, std::size_t rows, std::size_t columns, unsigned kept, Draw draw) {
  std::mt19937 random(5);
  std::vector<T> w(s.outputs * s.inputs);
  for (std::size_t i = 0; i < s.outputs; i += rows) {
    for (std::size_t k = 0; k < s.inputs; k += columns) {
      if (random() % 16 >= kept) continue;
      for (std::size_t a = i; a < std::min(i + rows, s.outputs); ++a) {
        for (std::size_t b = k; b < std::min(k + columns, s.inputs); ++b) w[a * s.inputs + b] = draw(random);
      }
    }
  }
  return w;
}

class BlockLinearVariants : public testing::TestWithParam<BlockGemmKernels> {};

TEST_P(BlockLinearVariants, EqualsTwinOnAnyNumberOfThreads) {
  std::size_t round = 0;
  std::normal_distribution<float> normal;
  for (const std::size_t block_rows : {1, 4, 8}) {
    for (const Shape& s : shapes) {
      SCOPED_TRACE(text(s) + ", blocks of " + std::to_string(block_rows));
      const Activation f = activations()[round % activations().size()];
      const std::vector<float> w = sparse<float>(s, block_rows, 1, static_cast<unsigned>(round++ % 6) * 3,
                                                 [&](auto& random) { return normal(random); });
      const std::size_t step = s.inputs + round % 3;
      const std::vector<float> x = values(s.rows * step, 1), bias = values(s.outputs, 2),
                               start = values(s.rows * s.outputs, 3);
      const BlockWeights weights = pack_blocks({w.data(), s.outputs, s.inputs, s.inputs, 1}, block_rows);
      std::vector<float> first;
      with_pools([&](const Work& work) {
        std::vector<float> y = start;
        const BlockLinear layer{s.rows,   x.data(), step,
                                &weights, y.data(), {bias.data(), Side::right, 0, y.data(), f}};
        const Aligned<std::byte> space(block_linear_workspace(layer, work.pool.size(), GetParam()));
        block_linear(&work, layer, space.get(), GetParam());
        for (std::size_t at = 0; at < y.size(); ++at) {
          const std::size_t r = at / s.outputs, i = at % s.outputs;
          double sum = static_cast<double>(bias[i]) + static_cast<double>(start[at]);
          double magnitudes =
              std::fabs(static_cast<double>(bias[i])) + std::fabs(static_cast<double>(start[at]));
          for (std::size_t k = 0; k < s.inputs; ++k) {
            const double term =
                static_cast<double>(x[r * step + k]) * static_cast<double>(w[i * s.inputs + k]);
            sum += term;
            magnitudes += std::fabs(term);
          }
          const double want = exact(sum, f);
          ASSERT_NEAR(y[at], want, float_bound(s.inputs + 4, magnitudes, want, f));
        }
        if (!first.empty()) {
          ASSERT_EQ(y, first);
        }
        first = y;
      });
    }
  }
}

FOR_EACH_VARIANT(BlockLinearVariants, blockgemm_variants());

class QBlockLinearVariants : public testing::TestWithParam<QBlockGemmKernels> {
 public:
  static void expect_exact(std::size_t block_rows, const QBlockKernel& kernel) {
    unsigned round = 0;
    for (const Shape& s : shapes) {
      SCOPED_TRACE(text(s) + ", blocks of " + std::to_string(block_rows));
      std::mt19937 random(7);
      const auto w = sparse<std::int8_t>(s, 4, 4, round++ % 6 * 3, [](auto& draw) {
        return static_cast<std::int8_t>(draw() % 9 ? draw() : 0x80);
      });
      const WeightView view{w.data(), s.outputs, s.inputs, 1, s.inputs, 1};
      const QBlockWeights weights = pack_qblocks(view, block_rows, kernel);
      std::vector<std::uint8_t> x(s.rows * s.inputs);
      for (auto& v : x) v = static_cast<std::uint8_t>(random() % 5 ? random() : 255);
      std::vector<std::int32_t> bias(s.outputs);
      std::vector<float> multiplier(s.outputs);
      for (auto& v : bias) v = static_cast<std::int32_t>(random() % 2001) - 1000;
      for (auto& v : multiplier) v = 0.0005f + 0.00001f * static_cast<float>(random() % 100);
      with_pools([&](const Work& work) {
        std::vector<std::uint8_t> bytes(s.rows * s.outputs);
        std::vector<float> floats(s.rows * s.outputs);
        QBlockLinear layer{s.rows, s.inputs, x.data(), &weights, Output::rows, bytes.data(), {}, {}};
        layer.requantize.bias = bias.data(), layer.requantize.multiplier = multiplier.data();
        layer.requantize.zero_point = 9;
        layer.dequantize = {bias.data(), multiplier.data(), nullptr, nullptr, {}};
        const Aligned<std::byte> space(qblock_linear_workspace(layer, work.pool.size(), kernel));
        qblock_linear(&work, layer, space.get(), kernel);
        layer.output = Output::f32, layer.y = floats.data();
        qblock_linear(&work, layer, space.get(), kernel);
        for (std::size_t at = 0; at < bytes.size(); ++at) {
          const std::size_t r = at / s.outputs, i = at % s.outputs;
          std::int32_t sum = bias[i];
          for (std::size_t k = 0; k < s.inputs; ++k) sum += x[r * s.inputs + k] * w[i * s.inputs + k];
          const float scaled = static_cast<float>(sum) * multiplier[i];
          ASSERT_EQ(floats[at], scaled) << at;
          ASSERT_EQ(bytes[at], std::min(std::max(std::nearbyint(scaled) + 9, 0.0f), 255.0f)) << at;
        }
      });
    }
  }
};

TEST_P(QBlockLinearVariants, BlocksOfFourOutputsAreExact) { expect_exact(4, GetParam().four); }
TEST_P(QBlockLinearVariants, BlocksOfEightOutputsAreExact) { expect_exact(8, GetParam().eight); }

FOR_EACH_VARIANT(QBlockLinearVariants, qblockgemm_variants());

TEST(QBlockLinear, BlocksOfThirtyTwoOutputsAreExact) {
  const QBlockKernel* kernel = qblock_kernel(32);
  if (!kernel) GTEST_SKIP() << "this processor has no tiles";
  QBlockLinearVariants::expect_exact(32, *kernel);
}

}  // namespace
