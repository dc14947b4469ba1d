#include "qnarrowgemm/qnarrowgemm.h"

#include <limits>

#include "narrow.h"

namespace {

/// x[0 … count) as q * scale.
struct Rounded {
  double scale;
  std::vector<int> q;

  Rounded(const float* x, std::size_t count) {
    float largest = 0;
    for (std::size_t k = 0; k < count; ++k) largest = std::max(largest, std::fabs(x[k]));
    const float inverse = largest != 0 ? 127 / largest : 0;
    scale = static_cast<double>(largest / 127);
    for (std::size_t k = 0; k < count; ++k) q.push_back(static_cast<int>(std::nearbyint(x[k] * inverse)));
  }
};

/// A sum of the product, and of its terms' magnitudes.
struct Twin {
  double sum = 0, magnitudes = 0;

  Twin(const Case& c, const Weights& weights, const float* row, std::size_t i) {
    for (std::size_t first = 0; first < c.inputs; first += c.block) {
      const std::size_t count = std::min(c.block, c.inputs - first);
      const Rounded block(row + first, count);
      const double scale = block.scale * weights.scale(i, first);
      double integers = 0, zeros = 0;
      for (std::size_t k = 0; k < count; ++k) {
        integers += (weights.integer(i, first + k) - weights.middle()) * block.q[k];
        zeros += (weights.zero_of(i, first + k) - weights.middle()) * block.q[k];
      }
      sum += scale * (integers - zeros);
      magnitudes += std::fabs(scale) * (std::fabs(integers) + std::fabs(zeros));
    }
  }
};

std::vector<float> multiplied(const Work& work, const Case& c, const PackedWeights& weights,
                              const std::vector<float>& x, const GemmEpilogue& epilogue,
                              const QNarrowKernels& kernels) {
  std::vector<float> y(c.rows * c.outputs);
  const NarrowGemm product{c.rows, x.data(), weights.get(), y.data(), epilogue};
  const Aligned<std::byte> space(qnarrowgemm_workspace(product));
  qnarrowgemm(&work, product, space.get(), kernels);
  return y;
}

void expect_twin(const Case& c, std::size_t bits, const Activation& f, const QNarrowKernels& kernels) {
  SCOPED_TRACE(text(c) + ", " + std::to_string(bits) + " bits");
  const Weights weights(c, bits);
  const PackedWeights packed(weights, NarrowOrder::words);
  std::vector<float> x = values(c.rows * c.inputs, 1);
  std::fill_n(x.begin(), std::min(c.block, c.inputs), 0.0f);  // a block without a scale
  const std::vector<float> bias = values(c.outputs, 2), residual = values(c.rows * c.outputs, 3);
  std::vector<float> first;
  with_pools([&](const Work& work) {
    const std::vector<float> y =
        multiplied(work, c, packed, x, {bias.data(), Side::right, 0, residual.data(), f}, kernels);
    for (std::size_t at = 0; at < y.size(); ++at) {
      const std::size_t r = at / c.outputs, i = at % c.outputs;
      const Twin twin(c, weights, x.data() + r * c.inputs, i);
      const double more = static_cast<double>(bias[i]), also = static_cast<double>(residual[at]);
      const double want = exact(twin.sum + more + also, f);
      const double magnitudes = twin.magnitudes + std::fabs(more) + std::fabs(also);
      ASSERT_NEAR(y[at], want, float_bound(c.inputs / c.block + 12, magnitudes, want, f));
    }
    if (!first.empty()) {
      ASSERT_EQ(y, first);
    }
    first = y;
  });
}

class QNarrowVariants : public testing::TestWithParam<QNarrowKernels> {};

TEST_P(QNarrowVariants, EqualsTwinOfRoundedRowsOnAnyNumberOfThreads) {
  std::size_t round = 0;
  for (const Case& c : cases) {
    for (const std::size_t bits : {4, 8})
      expect_twin(c, bits, activations()[round++ % activations().size()], GetParam());
  }
}

/// The largest products that there are, all of one sign.
TEST_P(QNarrowVariants, AddsExtremesWithoutSaturating) {
  const Case c{2, 5, 4096, 4096, true, false, false};
  const std::vector<std::uint8_t> integers(c.outputs * c.inputs, 0x80);
  const std::vector<float> scales(c.outputs, 1), x(c.rows * c.inputs, -127);
  const NarrowView view{c.outputs,     c.inputs,      c.block, 8,       true,   integers.data(),
                        {c.inputs, 1}, scales.data(), {1, 1},  nullptr, {1, 1}, 0};
  const NarrowPanels shape = narrow_shape(view, gemm_kernels().size.columns);
  const Aligned<std::uint32_t> words(shape.bytes() / 4);
  const NarrowPanels packed = pack_narrow(view, shape, NarrowOrder::words, words.get());
  std::vector<float> y(c.rows * c.outputs);
  const NarrowGemm product{c.rows, x.data(), &packed, y.data(), {nullptr, Side::right, 0, nullptr, {}}};
  const Aligned<std::byte> space(qnarrowgemm_workspace(product));
  qnarrowgemm(nullptr, product, space.get(), GetParam());
  for (const float each : y) EXPECT_EQ(each, 4096.0f * 128 * 127);
}

TEST_P(QNarrowVariants, KeepsWhatIsNotFiniteToItsRow) {
  const Case c{6, 20, 40, 16, false, true, false};
  const PackedWeights packed(Weights(c, 8), NarrowOrder::words);
  std::vector<float> x = values(c.rows * c.inputs, 1);
  x[1 * c.inputs + 5] = std::numeric_limits<float>::infinity();
  x[3 * c.inputs + 39] = std::numeric_limits<float>::quiet_NaN();
  std::fill_n(x.begin() + static_cast<std::ptrdiff_t>(4 * c.inputs), c.inputs, 1e-40f);
  with_pools([&](const Work& work) {
    const std::vector<float> y =
        multiplied(work, c, packed, x, {nullptr, Side::right, 0, nullptr, {}}, GetParam());
    for (std::size_t at = 0; at < y.size(); ++at) {
      const std::size_t row = at / c.outputs;
      if (row == 1 || row == 3) {
        EXPECT_TRUE(std::isnan(y[at]));
      } else if (row == 4) {
        EXPECT_NEAR(y[at], 0, 1e-30);
      } else {
        EXPECT_TRUE(std::isfinite(y[at]));
      }
    }
  });
}

FOR_EACH_VARIANT(QNarrowVariants, qnarrow_variants());

}  // namespace
