#include "narrowgemm/narrowgemm.h"

#include "narrow.h"

namespace {

void expect_twin(const Case& c, std::size_t bits, const Activation& f, const NarrowKernels& kernels) {
  SCOPED_TRACE(text(c));
  const Weights weights(c, bits);
  const PackedWeights packed(weights, NarrowOrder::inputs);
  const std::vector<float> x = values(c.rows * c.inputs, 1), bias = values(c.outputs, 2),
                           start = values(c.rows * c.outputs, 3);
  std::vector<float> first;
  with_pools([&](const Work& work) {
    std::vector<float> y = start;
    const NarrowGemm product{
        c.rows, x.data(), packed.get(), y.data(), {bias.data(), Side::right, 0, y.data(), f}};
    const Aligned<std::byte> space(narrowgemm_workspace(product, work.pool.size()));
    narrowgemm(&work, product, space.get(), kernels);
    for (std::size_t at = 0; at < y.size(); ++at) {
      const std::size_t r = at / c.outputs, i = at % c.outputs;
      double sum = static_cast<double>(bias[i]) + static_cast<double>(start[at]);
      double magnitudes = std::fabs(static_cast<double>(bias[i])) + std::fabs(static_cast<double>(start[at]));
      for (std::size_t k = 0; k < c.inputs; ++k) {
        const double scaled = static_cast<double>(x[r * c.inputs + k]) * weights.scale(i, k);
        const double middle = weights.middle();
        sum += scaled * (weights.integer(i, k) - weights.zero_of(i, k));
        magnitudes += std::fabs(scaled) *
                      (std::fabs(weights.integer(i, k) - middle) + std::fabs(weights.zero_of(i, k) - middle));
      }
      const double want = exact(sum, f);
      ASSERT_NEAR(y[at], want, float_bound(c.inputs + 8, magnitudes, want, f));
    }
    if (!first.empty()) {
      ASSERT_EQ(y, first);
    }
    first = y;
  });
}

class NarrowVariants : public testing::TestWithParam<NarrowKernels> {};

TEST_P(NarrowVariants, EqualsTwinOnAnyNumberOfThreads) {
  std::size_t round = 0;
  for (const Case& c : cases) {
    for (const std::size_t bits : {4, 8})
      expect_twin(c, bits, activations()[round++ % activations().size()], GetParam());
  }
}

FOR_EACH_VARIANT(NarrowVariants, narrow_variants());

}  // namespace
