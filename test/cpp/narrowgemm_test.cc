#include "narrowgemm/narrowgemm.h"

#include "dense.h"
#include "q4gemv/q4gemv.h"

namespace {

struct Case {
  std::size_t rows, outputs, inputs, block;
  bool is_signed, has_zeros, is_turned;  // turned: outputs side by side
};

constexpr Case cases[] = {{1, 1, 1, 16, false, false, false},    {1, 50, 100, 16, false, true, false},
                          {2, 33, 64, 32, true, false, true},    {3, 97, 70, 32, true, true, true},
                          {4, 48, 300, 128, false, true, false}, {5, 17, 40, 8, false, false, true},
                          {20, 60, 130, 64, true, true, false},  {9, 98, 48, 16, false, true, false},
                          {1, 200, 2500, 256, false, true, true}};

std::string text(const Case& c) {
  return std::to_string(c.rows) + " x " + std::to_string(c.inputs) + " x " + std::to_string(c.outputs) +
         ", blocks of " + std::to_string(c.block);
}

/// Random weights, and what they are.
class Weights {
 public:
  explicit Weights(const Case& c, std::size_t bits = 4)
      : c_(c), bits_(bits), blocks_((c.inputs + c.block - 1) / c.block) {
    std::mt19937 random(3);
    integers_.resize((c.outputs * c.inputs * bits + 7) / 8);
    zeros_.resize((c.outputs * blocks_ * bits + 7) / 8);
    for (auto& byte : integers_) byte = static_cast<std::uint8_t>(random());
    for (auto& byte : zeros_) byte = static_cast<std::uint8_t>(random());
    scales_ = values(c.outputs * blocks_, 8);
  }

  NarrowView view() const {
    return {c_.outputs,       c_.inputs,
            c_.block,         bits_,
            c_.is_signed,     integers_.data(),
            steps(c_.inputs), scales_.data(),
            steps(blocks_),   c_.has_zeros ? zeros_.data() : nullptr,
            steps(blocks_),   zero};
  }

  double scale(std::size_t i, std::size_t k) const {
    return static_cast<double>(scales_[at(steps(blocks_), i, k / c_.block)]);
  }
  double integer(std::size_t i, std::size_t k) const { return number(integers_, at(steps(c_.inputs), i, k)); }
  /// What panels take off unsigned integers.
  double middle() const { return c_.is_signed ? 0 : 1 << (bits_ - 1); }
  double zero_of(std::size_t i, std::size_t k) const {
    return c_.has_zeros ? number(zeros_, at(steps(blocks_), i, k / c_.block)) : zero;
  }

 private:
  static constexpr std::int32_t zero = 3;

  NarrowSteps steps(std::size_t columns) const {
    return c_.is_turned ? NarrowSteps{1, c_.outputs} : NarrowSteps{columns, 1};
  }
  static std::size_t at(const NarrowSteps& s, std::size_t i, std::size_t k) {
    return i * s.outer + k * s.inner;
  }
  double number(const std::vector<std::uint8_t>& from, std::size_t at) const {
    const int bits = bits_ == 8 ? from[at] : from[at / 2] / (at % 2 ? 16 : 1) % 16, all = 1 << bits_;
    return c_.is_signed && bits >= all / 2 ? bits - all : bits;
  }

  Case c_;
  std::size_t bits_, blocks_;
  std::vector<std::uint8_t> integers_, zeros_;
  std::vector<float> scales_;
};

void expect_twin(const Case& c, std::size_t bits, const Activation& f, const NarrowKernels& kernels) {
  SCOPED_TRACE(text(c));
  const Weights weights(c, bits);
  const NarrowPanels shape = narrow_shape(weights.view(), gemm_kernels().size.columns);
  const Aligned<std::uint32_t> words(shape.bytes() / 4);
  const NarrowPanels packed = pack_narrow(weights.view(), shape, words.get());
  const std::vector<float> x = values(c.rows * c.inputs, 1), bias = values(c.outputs, 2),
                           start = values(c.rows * c.outputs, 3);
  std::vector<float> first;
  with_pools([&](const Work& work) {
    std::vector<float> y = start;
    const NarrowGemm product{c.rows, x.data(), &packed, y.data(), {bias.data(), Side::right, 0, y.data(), f}};
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

/// x[first … last) as q * scale.
struct Rounded {
  double scale;
  std::vector<int> q;

  Rounded(const float* x, std::size_t count) {
    float largest = 0;
    for (std::size_t k = 0; k < count; ++k) largest = std::max(largest, std::fabs(x[k]));
    const float step = largest / 127, inverse = step != 0 ? 1 / step : 0;
    scale = static_cast<double>(step);
    for (std::size_t k = 0; k < count; ++k) q.push_back(static_cast<int>(std::nearbyint(x[k] * inverse)));
  }
};

class Q4GemvVariants : public testing::TestWithParam<Q4GemvKernels> {};

TEST_P(Q4GemvVariants, EqualsTwinOfRoundedRows) {
  for (const Case& c : cases) {
    if (c.rows > most_gemv_rows) continue;
    SCOPED_TRACE(text(c));
    const Weights weights(c);
    const NarrowPanels shape = narrow_shape(weights.view(), gemm_kernels().size.columns);
    const Aligned<std::uint32_t> words(shape.bytes() / 4);
    const NarrowPanels packed = pack_narrow(weights.view(), shape, words.get());
    std::vector<float> x = values(c.rows * c.inputs, 1);
    std::fill_n(x.begin(), std::min(c.block, c.inputs), 0.0f);  // a block without a scale
    const std::vector<float> bias = values(c.outputs, 2);
    with_pools([&](const Work& work) {
      std::vector<float> y(c.rows * c.outputs);
      const NarrowGemm product{
          c.rows, x.data(), &packed, y.data(), {bias.data(), Side::right, 0, nullptr, {}}};
      const Aligned<std::byte> space(q4gemv_workspace(product));
      q4gemv(&work, product, space.get(), GetParam());
      for (std::size_t at = 0; at < y.size(); ++at) {
        const std::size_t r = at / c.outputs, i = at % c.outputs;
        double sum = static_cast<double>(bias[i]), magnitudes = std::fabs(sum);
        for (std::size_t first = 0; first < c.inputs; first += c.block) {
          const std::size_t count = std::min(c.block, c.inputs - first);
          const Rounded block(x.data() + r * c.inputs + first, count);
          const double scale = block.scale * weights.scale(i, first), middle = c.is_signed ? 0 : 8;
          double integers = 0, zeros = 0;
          for (std::size_t k = 0; k < count; ++k) {
            integers += (weights.integer(i, first + k) - middle) * block.q[k];
            zeros += (weights.zero_of(i, first + k) - middle) * block.q[k];
          }
          sum += scale * (integers - zeros);
          magnitudes += std::fabs(scale) * (std::fabs(integers) + std::fabs(zeros));
        }
        ASSERT_NEAR(y[at], sum, float_bound(c.inputs / c.block + 12, magnitudes, sum, {}));
      }
    });
  }
}

FOR_EACH_VARIANT(Q4GemvVariants, q4gemv_variants());

}  // namespace
