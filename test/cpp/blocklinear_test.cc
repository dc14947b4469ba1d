#include "blocklinear/blocklinear.h"

#include "linear.h"

namespace {

/// Few and many rows, ragged in all directions, and one whose rows do not fit one block of panels.
constexpr LinearShape shapes[] = {{1, 1, 1},    {3, 5, 7},     {8, 16, 33},   {17, 31, 64},
                                  {64, 48, 20}, {129, 70, 65}, {200, 40, 40}, {66, 9, 4500}};

class BlockLinearVariants : public testing::TestWithParam<BlockGemmKernels> {};

TEST_P(BlockLinearVariants, EqualsTwinOnAnyNumberOfThreads) {
  std::size_t round = 0;
  std::normal_distribution<float> normal;
  for (const std::size_t block_rows : {1, 4, 8}) {
    for (const LinearShape& s : shapes) {
      SCOPED_TRACE(text(s) + ", blocks of " + std::to_string(block_rows));
      const Activation f = activations()[round % activations().size()];
      const std::vector<float> w =
          sparse_weights<float>(s, block_rows, 1, static_cast<unsigned>(round++ % 6) * 3,
                                [&](auto& random) { return normal(random); });
      const FloatLinearLayer l{s, s.inputs + round % 3, f};
      const BlockWeights weights = pack_blocks({w.data(), s.outputs, s.inputs, s.inputs, 1}, block_rows);
      std::vector<float> first;
      with_pools([&](const Work& work) {
        std::vector<float> y = l.start;
        const BlockLinear layer{s.rows,   l.x.data(), l.step,
                                &weights, y.data(),   {l.bias.data(), Side::right, 0, y.data(), f}};
        const Aligned<std::byte> space(block_linear_workspace(layer, work.pool.size(), GetParam()));
        block_linear(&work, layer, space.get(), GetParam());
        l.expect_twin(y, w);
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
    for (const LinearShape& s : shapes) {
      SCOPED_TRACE(text(s) + ", blocks of " + std::to_string(block_rows));
      const auto w = sparse_weights<std::int8_t>(s, 4, 4, round++ % 6 * 3, draw_byte);
      const WeightView view{w.data(), s.outputs, s.inputs, 1, s.inputs, 1};
      const QBlockWeights weights = pack_qblocks(view, block_rows, kernel);
      const IntegerLinearLayer l(s);
      with_pools([&](const Work& work) {
        std::vector<std::uint8_t> bytes(s.rows * s.outputs);
        std::vector<float> floats(s.rows * s.outputs);
        QBlockLinear layer{s.rows, s.inputs, l.x.data(), &weights, Output::rows, bytes.data(), {}, {}, {}};
        l.describe(layer);
        const Aligned<std::byte> space(qblock_linear_workspace(layer, work.pool.size(), kernel));
        qblock_linear(&work, layer, space.get(), kernel);
        layer.output = Output::f32, layer.y = floats.data();
        qblock_linear(&work, layer, space.get(), kernel);
        l.expect_exact(floats, bytes, w);
        layer.output = Output::activated, layer.y = bytes.data(), layer.to = {0.03f, 117};
        qblock_linear(&work, layer, space.get(), kernel);
        for (std::size_t at = 0; at < bytes.size(); ++at) {
          const float q = std::nearbyint(floats[at] / layer.to.scale) + 117;
          ASSERT_EQ(bytes[at], std::min(std::max(q, 0.0f), 255.0f)) << at;
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
