#include "qgemm/qgemm.h"

#include "dense.h"
#include "integers.h"
#include "qblockgemm/planesConv.h"
#include "qpairs/conv.h"

namespace {

void run(const Work* work, const QGemm& g, const QGemmKernels& kernels) {
  const Aligned<std::byte> space(qgemm_workspace(g, work ? work->pool.size() : 1, kernels));
  qgemm(work, g, space.get(), kernels);
}

class QGemmVariants : public testing::TestWithParam<QGemmKernels> {};

struct Sizes {
  std::size_t m, n, k;
};
constexpr Sizes sizes[] = {{1, 1, 1},      {1, 1000, 37}, {7, 49, 64},   {33, 100, 260}, {64, 96, 1030},
                           {130, 17, 130}, {5, 3, 2500},  {70, 40, 128}, {33, 20, 8192}};

/// A linear layer's operands and sums.
struct Linear {
  Sizes s;
  std::size_t stride;
  std::vector<std::uint8_t> a;
  std::vector<std::int8_t> w;
  Aligned<std::uint32_t> right;
  std::vector<std::int32_t> sums;

  Linear(const Sizes& s, const QGemmKernels& kernels)
      : s(s),
        stride(s.k + 1),
        a(bytes<std::uint8_t>(s.m * stride - 1, 1)),
        w(bytes<std::int8_t>(s.k * s.n, 2)),
        right(qgemm_packed_size(Side::right, s.n, (s.k + 3) / 4, kernels)),
        sums(s.n) {
    qgemm_pack(Side::right, {w.data(), s.n, s.k, 1, 1, s.n}, right.get(), sums.data(), kernels);
  }

  QGemm product(const QGemmKernels& kernels) const {
    QGemm g{};
    g.items = 1, g.m = s.m, g.n = s.n, g.depth = (s.k + 3) / 4;
    g.packed = Side::right, g.panels = right.get(), g.packed_items = 1;
    g.fill = qgemm_fill(a.data(), s.m, s.k, stride, 0, kernels);
    if (s.k % 4 == 0) g.rows = a.data(), g.rows_step = stride;
    return g;
  }

  std::int64_t sum(std::size_t i, std::size_t j) const {
    std::int64_t total = 0;
    for (std::size_t k = 0; k < s.k; ++k) total += std::int64_t{a[i * stride + k]} * w[k * s.n + j];
    return total;
  }
};

TEST_P(QGemmVariants, LinearFormIsExact) {
  std::size_t round = 0;
  for (const Sizes& s : sizes) {
    const Linear linear(s, GetParam());
    const std::size_t stride = s.n + 2;
    const std::vector<std::int32_t> bias = biases(s.n, 3);
    const std::vector<float> multiplier = multipliers(s.n, s.k * 1000, 4);
    const std::vector<std::uint8_t> other = bytes<std::uint8_t>(s.m * stride, 5);
    std::vector<std::int64_t> wanted(s.m * stride);
    for (std::size_t at = 0; at < wanted.size(); ++at)
      if (at % stride < s.n) wanted[at] = linear.sum(at / stride, at % stride);
    for (int repeat = 0; repeat < 4; ++repeat, ++round) {
      SCOPED_TRACE(std::to_string(s.m) + " x " + std::to_string(s.n) + " x " + std::to_string(s.k));
      const Steps steps;
      const Requantize how = steps.make(round, bias.data(), multiplier.data(), other.data());
      with_pools([&](const Work& work) {
        std::vector<std::uint8_t> c(s.m * stride, 77);
        std::vector<std::int32_t> sums(s.m * stride, 77);
        QGemm g = linear.product(GetParam());
        g.output = Output::rows, g.c = c.data(), g.stride = stride, g.requantize = how;
        run(&work, g, GetParam());
        g.output = Output::s32, g.c = sums.data();
        run(&work, g, GetParam());
        for (std::size_t i = 0; i < s.m; ++i) {
          for (std::size_t j = 0; j < stride; ++j) {
            const std::size_t at = i * stride + j;
            ASSERT_EQ(c[at], j < s.n ? twin(wanted[at], how, j, at) : 77) << i << " " << j;
            ASSERT_EQ(sums[at], j < s.n ? wanted[at] + (how.bias ? bias[j] : 0) : 77) << i << " " << j;
          }
        }
      });
    }
  }
}

TEST_P(QGemmVariants, PackedWeightsComeWithTheirSums) {
  const Linear linear({3, 19, 23}, GetParam());
  for (std::size_t j = 0; j < 19; ++j) {
    std::int32_t want = 0;
    for (std::size_t k = 0; k < 23; ++k) want += linear.w[k * 19 + j];
    EXPECT_EQ(linear.sums[j], want);
  }
}

TEST_P(QGemmVariants, FloatsAreWithinTheBound) {
  for (const Sizes& s : sizes) {
    SCOPED_TRACE(std::to_string(s.m) + " x " + std::to_string(s.n) + " x " + std::to_string(s.k));
    const Linear linear(s, GetParam());
    const std::vector<std::int32_t> bias = biases(s.n, 3);
    const std::vector<float> multiplier = multipliers(s.n, s.k * 1000, 4), float_bias = values(s.n, 5);
    const std::vector<float> residual = values(s.m * s.n, 6);
    const Activation f = activations()[s.n % activations().size()];
    std::vector<float> c(s.m * s.n);
    QGemm g = linear.product(GetParam());
    g.output = Output::f32, g.c = c.data(), g.stride = s.n;
    g.dequantize = {bias.data(), multiplier.data(), float_bias.data(), residual.data(), f};
    run(nullptr, g, GetParam());
    for (std::size_t i = 0; i < c.size(); ++i) {
      const std::size_t j = i % s.n;
      const double product =
          static_cast<double>(linear.sum(i / s.n, j) + bias[j]) * static_cast<double>(multiplier[j]);
      const double want =
          exact(product + static_cast<double>(float_bias[j]) + static_cast<double>(residual[i]), f);
      const double magnitudes = std::fabs(product) + std::fabs(static_cast<double>(float_bias[j])) +
                                std::fabs(static_cast<double>(residual[i]));
      ASSERT_NEAR(c[i], want, float_bound(4, magnitudes, want, f));
    }
  }
}

/// What QuantizeLinear makes of a number, before it is rounded.
double quantized(double y, const ByteScale& to) {
  const double q = y / static_cast<double>(to.scale) + to.zero_point;
  return std::min(std::max(q, 0.0), 255.0);
}

TEST_P(QGemmVariants, ActivatedBytesAreTheFloatsQuantized) {
  for (const Sizes& s : sizes) {
    SCOPED_TRACE(std::to_string(s.m) + " x " + std::to_string(s.n) + " x " + std::to_string(s.k));
    const Linear linear(s, GetParam());
    const std::vector<std::int32_t> bias = biases(s.n, 3);
    const std::vector<float> multiplier = multipliers(s.n, s.k * 1000, 4), float_bias = values(s.n, 5);
    const std::vector<float> residual = values(s.m * s.n, 6);
    for (const Activation& f : activations()) {
      std::vector<float> floats(s.m * s.n);
      std::vector<std::uint8_t> c(s.m * s.n + 1, 77);
      QGemm g = linear.product(GetParam());
      g.dequantize = {bias.data(), multiplier.data(), float_bias.data(), residual.data(), f};
      g.output = Output::f32, g.c = floats.data(), g.stride = s.n;
      run(nullptr, g, GetParam());
      g.output = Output::activated, g.c = c.data(), g.to = {0.011f, 117};
      run(nullptr, g, GetParam());
      ASSERT_EQ(c.back(), 77);
      for (std::size_t at = 0; at < floats.size(); ++at) {
        const double y = static_cast<double>(floats[at]), q = quantized(y, g.to);
        if (f.kind == ActivationKind::gelu_erf) {
          const double off = (3e-7 + 2e-6 * std::fabs(y)) / static_cast<double>(g.to.scale);
          ASSERT_NEAR(c[at], q, 0.5 + off);
        } else {
          const float quotient = floats[at] / g.to.scale;
          const auto nearest = static_cast<double>(std::nearbyint(quotient)) + g.to.zero_point;
          ASSERT_EQ(c[at], std::min(std::max(nearest, 0.0), 255.0)) << y;
        }
      }
    }
  }
}

/// Sums times an infinite multiplier: infinities, and NaN of 0.
TEST_P(QGemmVariants, ActivatedBytesOfWhatIsNotFinite) {
  const Sizes s{9, 50, 3};
  const Linear linear(s, GetParam());
  const std::vector<float> multiplier(s.n, infinity);
  for (const ActivationKind kind : {ActivationKind::none, ActivationKind::gelu_erf}) {
    std::vector<std::uint8_t> c(s.m * s.n);
    std::vector<std::int32_t> bias(s.n);
    for (std::size_t j = 0; j < s.n; ++j) bias[j] = j % 3 ? 0 : static_cast<std::int32_t>(-linear.sum(0, j));
    QGemm g = linear.product(GetParam());
    g.dequantize.bias = bias.data(), g.dequantize.multiplier = multiplier.data();
    g.dequantize.activation.kind = kind;
    g.output = Output::activated, g.c = c.data(), g.stride = s.n, g.to = {0.011f, 117};
    run(nullptr, g, GetParam());
    const int below = kind == ActivationKind::none ? 0 : 117;
    for (std::size_t at = 0; at < c.size(); ++at) {
      const std::int64_t sum = linear.sum(at / s.n, at % s.n) + bias[at % s.n];
      ASSERT_EQ(c[at], sum > 0 ? 255 : sum < 0 ? below : 117) << at;
    }
  }
}

/// Output rows are channels: floats and sums in NCHW.
TEST_P(QGemmVariants, ConvolutionFormWritesFloatsAndSums) {
  for (const std::size_t m : {1, 7, 40}) {
    const ConvShape s{3, 9, 11, 3, 3, 1, 1, 1, 1, 1, 1, 9, 11};
    const std::size_t n = s.pixels(), inputs = 10;
    const std::vector<std::uint8_t> x = bytes<std::uint8_t>(s.channels * n * 4, 1);
    const std::vector<std::int8_t> w = bytes<std::int8_t>(m * inputs * 9, 2);
    const std::vector<std::int32_t> bias = biases(m, 3);
    const std::vector<float> multiplier = multipliers(m, inputs * 9000, 4), float_bias = values(m, 5);
    const std::vector<float> residual = values(m * n, 6);
    const Aligned<std::uint32_t> left(qgemm_packed_size(Side::left, m, s.depth(), GetParam()));
    qgemm_pack(Side::left, {w.data(), m, inputs, 9, inputs * 9, 9}, left.get(), nullptr, GetParam());
    std::vector<float> floats(m * n);
    std::vector<std::int32_t> sums(m * n);
    QGemm g{};
    g.m = m, g.n = n, g.depth = s.depth(), g.packed = Side::left, g.panels = left.get();
    g.fill = conv_fill(s, x.data(), 0, 0x07070707u, GetParam().size),
    g.scratch = conv_scratch(s, GetParam().size);
    g.output = Output::f32, g.c = floats.data(), g.stride = n;
    g.dequantize = {
        bias.data(), multiplier.data(), float_bias.data(), residual.data(), {ActivationKind::silu}};
    run(nullptr, g, GetParam());
    g.output = Output::s32, g.c = sums.data(), g.requantize.bias = bias.data();
    run(nullptr, g, GetParam());
    for (std::size_t at = 0; at < m * n; ++at) {
      const std::size_t i = at / n, p = at % n;
      std::int64_t sum = bias[i];
      for (std::size_t k = 0; k < inputs * 9; ++k) sum += 7 * w[i * inputs * 9 + k];
      for_each_tap(s, p / s.out_width, p % s.out_width, [&](std::size_t tap, std::size_t pixel) {
        for (std::size_t k = 0; k < inputs; ++k) {
          sum += (x[(k / 4 * n + pixel) * 4 + k % 4] - 7) * w[(i * inputs + k) * 9 + tap];
        }
      });
      ASSERT_EQ(sums[at], sum);
      const double product = static_cast<double>(sum) * static_cast<double>(multiplier[i]);
      const double shift = static_cast<double>(float_bias[i]), rest = static_cast<double>(residual[at]);
      const double want = exact(product + shift + rest, g.dequantize.activation);
      const double magnitudes = std::fabs(product) + std::fabs(shift) + std::fabs(rest);
      ASSERT_NEAR(floats[at], want, float_bound(4, magnitudes, want, g.dequantize.activation));
    }
  }
}

/// C4 in, C4 out: images times groups, or one group whose channels are no multiple of four. By tiles, and
/// where there are kernels for it in whole planes, and by pairs of words.
TEST_P(QGemmVariants, ConvolutionFormIsExact) {
  const Steps steps;
  std::size_t round = 0;
  for (const ConvShape& s : sparse_shapes()) {
    const std::size_t groups = 1 + round % 2, images = 2,
                      m = groups == 1 ? 1 + round % 45 : 8 * (1 + round % 5);
    const std::size_t inputs = groups == 1 ? s.channels * 4 - round % 4 : s.channels * 4;
    const std::size_t n = s.pixels(), planes = (m + 3) / 4, image_words = s.channels * s.height * s.width;
    SCOPED_TRACE(text(s) + ", channels out " + std::to_string(m));
    const std::vector<std::uint8_t> x = bytes<std::uint8_t>(images * groups * image_words * 4, 1);
    const std::vector<std::int8_t> w = bytes<std::int8_t>(groups * m * inputs * s.taps(), 2);
    const std::vector<std::int32_t> bias = biases(groups * m, 3);
    std::vector<float> multiplier = multipliers(groups * m, inputs * s.taps() * 1000, 4);
    if (round % 3 == 0) multiplier[0] = 3e6f;  // products beyond 32 bits
    const std::vector<std::uint8_t> other = bytes<std::uint8_t>(images * groups * planes * n * 4, 5);
    const Requantize how = steps.make(round++, bias.data(), multiplier.data(), other.data());
    const std::size_t step = qgemm_packed_size(Side::left, m, s.depth(), GetParam());
    const Aligned<std::uint32_t> left(groups * step);
    for (std::size_t g = 0; g < groups; ++g) {
      qgemm_pack(Side::left,
                 {w.data() + g * m * inputs * s.taps(), m, inputs, s.taps(), inputs * s.taps(), s.taps()},
                 left.get() + g * step, nullptr, GetParam());
    }
    constexpr std::uint8_t pad = 131;
    std::vector<std::int64_t> row_sums(groups * m);
    for (std::size_t at = 0; at < w.size(); ++at) row_sums[at / (inputs * s.taps())] += w[at];
    const auto sum_of = [&](std::size_t item, std::size_t i, std::size_t p) {
      const std::int8_t* row = w.data() + (item % groups * m + i) * inputs * s.taps();
      std::int64_t sum = pad * row_sums[item % groups * m + i];
      for_each_tap(s, p / s.out_width, p % s.out_width, [&](std::size_t tap, std::size_t pixel) {
        for (std::size_t k = 0; k < inputs; ++k) {
          const std::uint8_t value =
              x[((item * s.channels + k / 4) * s.height * s.width + pixel) * 4 + k % 4];
          sum += (std::int64_t{value} - pad) * row[k * s.taps() + tap];
        }
      });
      return sum;
    };
    std::vector<std::uint8_t> want(images * groups * planes * n * 4);
    for (std::size_t at = 0; at < want.size(); ++at) {
      const std::size_t p = at / 4 % n, item = at / 4 / n / planes, i = at / 4 / n % planes * 4 + at % 4;
      if (i < m) want[at] = twin(sum_of(item, i, p), how, item % groups * m + i, at);
    }
    with_pools([&](const Work& work) {
      std::vector<std::uint8_t> c(want.size(), 77);
      QGemm g{};
      g.items = images * groups, g.m = m, g.n = n, g.depth = s.depth();
      g.packed = Side::left, g.panels = left.get(), g.packed_step = step, g.packed_items = groups;
      g.fill = conv_fill(s, x.data(), image_words, pad * 0x01010101u, GetParam().size);
      g.scratch = conv_scratch(s, GetParam().size);
      g.output = Output::c4, g.c = c.data(), g.stride = n * 4, g.item_step = planes * n * 4;
      g.requantize = how;
      run(&work, g, GetParam());
      for (std::size_t at = 0; at < c.size(); ++at) ASSERT_EQ(c[at], want[at]) << at;
      if (const QPairKernels* pairs = qpair_kernels(GetParam())) {
        std::vector<QPairWeights> weights;
        for (std::size_t i = 0; i < groups; ++i) {
          const std::size_t row = inputs * s.taps();
          weights.push_back(pack_qpairs({w.data() + i * m * row, m, inputs, s.taps(), row, s.taps()}));
        }
        std::vector<std::uint8_t> by_pairs(c.size(), 77);
        const QPairConv conv{
            images * groups, m,  {s, x.data(), image_words, pad * 0x01010101u}, weights, by_pairs.data(),
            planes * n * 4,  how};
        const Aligned<std::byte> space(qpair_conv_workspace(conv, work.pool.size(), *pairs));
        qpair_conv(&work, conv, space.get(), *pairs);
        ASSERT_EQ(by_pairs, c);
      }
      const QBlockKernel* kernel = dense_planes_kernel(GetParam());
      if (!kernel) return;
      std::vector<WeightPanels> panels;
      for (std::size_t i = 0; i < groups; ++i)
        panels.push_back({left.get() + i * step, nullptr, nullptr, s.depth()});
      std::vector<std::uint8_t> at_once(c.size(), 77);
      const PlanesConv conv{
          images * groups, m,  {s, x.data(), image_words, pad * 0x01010101u}, panels, at_once.data(),
          planes * n * 4,  how};
      const Aligned<std::byte> space(planes_workspace(conv, work.pool.size(), *kernel));
      planes_conv(&work, conv, space.get(), *kernel);
      ASSERT_EQ(at_once, c);
    });
  }
}

FOR_EACH_VARIANT(QGemmVariants, qgemm_variants());

}  // namespace
