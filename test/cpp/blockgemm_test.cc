#include "blockgemm/blockgemm.h"

#include "dense.h"

namespace {

/// Blocks of which `kept` of 16 are not zero; within a kept block single zeros occur.
std::vector<float> sparse(std::size_t m, std::size_t depth, std::size_t block_rows, unsigned kept,
                          unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  std::vector<float> w(m * depth);
  for (std::size_t row = 0; row < m; row += block_rows) {
    for (std::size_t k = 0; k < depth; ++k) {
      if (random() % 16 >= kept) continue;
      for (std::size_t i = row; i < std::min(row + block_rows, m); ++i) {
        w[i * depth + k] = random() % 8 == 0 ? 0 : normal(random);
      }
    }
  }
  return w;
}

class BlockGemmVariants : public testing::TestWithParam<BlockGemmKernels> {};

TEST_P(BlockGemmVariants, EqualsTwinOnAnyNumberOfThreads) {
  constexpr std::size_t groups = 2;
  std::size_t round = 0;
  for (const std::size_t block_rows : {1, 4, 8}) {
    for (const ConvShape& s : sparse_shapes()) {
      const std::size_t images = s.depth() > 500 ? 1 : 2;
      const std::size_t m = 1 + 7 * (round % 5), n = s.pixels(), depth = s.depth();
      const Activation f = activations()[round++ % activations().size()];
      SCOPED_TRACE(text(s) + ", channels out " + std::to_string(m) + ", blocks of " +
                   std::to_string(block_rows));
      const std::size_t image_size = s.channels * s.height * s.width;
      const std::vector<float> x = values(images * groups * image_size, 1), bias = values(groups * m, 3);
      const std::vector<float> w = sparse(groups * m, depth, 1, static_cast<unsigned>(round % 6) * 3, 2);
      const std::vector<float> start = values(images * groups * m * n, 4);
      std::vector<BlockWeights> weights;
      for (std::size_t g = 0; g < groups; ++g) {
        weights.push_back(pack_blocks({w.data() + g * m * depth, m, depth, depth, 1}, block_rows));
      }
      std::vector<float> first;
      with_pools([&](const Work& work) {
        std::vector<float> c = start;
        BlockConv conv{};
        conv.items = images * groups, conv.m = m, conv.input = {s, x.data(), image_size, 0},
        conv.weights = weights;
        conv.c = c.data(), conv.item_step = m * n;
        conv.epilogue = {bias.data(), Side::left, m, c.data(), f};
        const Aligned<std::byte> space(block_conv_workspace(conv, work.pool.size(), GetParam()));
        block_conv(&work, conv, space.get(), GetParam());
        if (!first.empty()) {
          ASSERT_EQ(c, first);
          return;
        }
        first = c;
        for (std::size_t at = 0; at < c.size(); ++at) {
          const std::size_t p = at % n, i = at / n % m, item = at / n / m;
          double sum = static_cast<double>(bias[item % groups * m + i]) + static_cast<double>(start[at]);
          double magnitudes = std::fabs(static_cast<double>(bias[item % groups * m + i])) +
                              std::fabs(static_cast<double>(start[at]));
          for_each_tap(s, p / s.out_width, p % s.out_width, [&](std::size_t tap, std::size_t pixel) {
            for (std::size_t k = 0; k < s.channels; ++k) {
              const double term =
                  static_cast<double>(x[item * image_size + k * s.height * s.width + pixel]) *
                  static_cast<double>(w[(item % groups * m + i) * depth + k * s.taps() + tap]);
              sum += term;
              magnitudes += std::fabs(term);
            }
          });
          const double want = exact(sum, f);
          ASSERT_NEAR(c[at], want, float_bound(depth + 4, magnitudes, want, f));
        }
      });
    }
  }
}

/// Planes of whole images, cut into upper and lower halves of their rows.
struct HalvedPlanes {
  std::vector<float> upper, lower;

  HalvedPlanes(const std::vector<float>& whole, std::size_t plane) {
    for (auto at = whole.begin(); at != whole.end(); at += static_cast<std::ptrdiff_t>(plane)) {
      const auto middle = at + static_cast<std::ptrdiff_t>(plane / 2);
      upper.insert(upper.end(), at, middle);
      lower.insert(lower.end(), middle, at + static_cast<std::ptrdiff_t>(plane));
    }
  }
};

/// A layer of 64 outputs with bias, residual and activation.
struct Layer {
  static constexpr std::size_t outputs = 64;
  ConvShape shape;
  std::vector<float> x, bias = values(outputs, 3), residual, c;
  std::vector<BlockWeights> weights;

  Layer(const ConvShape& s, std::size_t block_rows)
      : shape(s),
        x(values(s.channels * s.height * s.width, 1)),
        residual(values(outputs * s.pixels(), 4)),
        c(outputs * s.pixels()) {
    const std::vector<float> w = sparse(outputs, s.depth(), block_rows, 3, 2);
    weights.push_back(pack_blocks({w.data(), outputs, s.depth(), s.depth(), 1}, block_rows));
  }

  BlockConv conv() {
    BlockConv conv{};
    conv.m = outputs, conv.input = {shape, x.data(), x.size(), 0}, conv.weights = weights, conv.c = c.data();
    conv.epilogue = {bias.data(), Side::left, outputs, residual.data(), {ActivationKind::relu, 0, 0}};
    return conv;
  }
};

void run(const Work& work, const BlockConv& conv, const BlockGemmKernels& kernels) {
  const Aligned<std::byte> space(block_conv_workspace(conv, work.pool.size(), kernels));
  block_conv(&work, conv, space.get(), kernels);
}

/// Those of which x can be read in halves.
std::vector<ConvShape> halved_shapes() {
  return {{24, 28, 28, 3, 3, 1, 1, 1, 1, 1, 1, 28, 28}, {24, 14, 14, 1, 1, 1, 1, 1, 1, 0, 0, 14, 14},
          {24, 28, 28, 3, 3, 2, 2, 1, 1, 1, 1, 14, 14}, {9, 16, 30, 1, 1, 1, 1, 1, 1, 0, 0, 16, 30},
          {5, 18, 11, 5, 3, 1, 1, 2, 1, 4, 1, 18, 11},  {70, 12, 160, 3, 3, 1, 1, 1, 1, 1, 1, 12, 160},
          {24, 14, 14, 3, 3, 2, 2, 1, 1, 1, 1, 7, 7},   {1100, 14, 14, 1, 1, 2, 2, 1, 1, 0, 0, 7, 7}};
}

TEST_P(BlockGemmVariants, ImagesInHalvesGiveTheSameBits) {
  for (const ConvShape& s : halved_shapes()) {
    for (const std::size_t block_rows : {1, 4, 8}) {
      Layer layer(s, block_rows);
      const BlockConv whole = layer.conv();
      const HalvedPlanes x(layer.x, s.height * s.width), residual(layer.residual, s.pixels());
      with_pools([&](const Work& work) {
        run(work, whole, GetParam());
        const std::vector<float> want = layer.c;
        const HalvedPlanes wanted(want, s.pixels());
        for (const bool x_is_halved : {false, true}) {
          SCOPED_TRACE(text(s) + ", blocks of " + std::to_string(block_rows) +
                       (x_is_halved ? ", x too" : ""));
          BlockConv conv = whole;
          if (x_is_halved) conv.input.image = x.upper.data(), conv.input.lower = x.lower.data();
          std::fill(layer.c.begin(), layer.c.end(), 7.0f);
          run(work, conv, GetParam());
          ASSERT_EQ(layer.c, want);
          if (s.out_height % 2 != 0) continue;
          HalvedPlanes got(layer.c, s.pixels());
          std::fill(got.upper.begin(), got.upper.end(), 7.0f);
          std::fill(got.lower.begin(), got.lower.end(), 7.0f);
          conv.c = got.upper.data(), conv.lower_c = got.lower.data();
          conv.epilogue.residual = residual.upper.data(), conv.lower_residual = residual.lower.data();
          run(work, conv, GetParam());
          ASSERT_EQ(got.upper, wanted.upper);
          ASSERT_EQ(got.lower, wanted.lower);
        }
      });
    }
  }
}

TEST_P(BlockGemmVariants, OnlyBlocksThatAreNotZeroAreKept) {
  for (const std::size_t block_rows : {1, 4, 8}) {
    for (unsigned kept : {0u, 5u, 16u}) {
      const std::size_t m = 19, depth = 31;
      const std::vector<float> w = sparse(m, depth, block_rows, kept, 9);
      std::size_t want = 0;
      for (std::size_t row = 0; row < m; row += block_rows) {
        for (std::size_t k = 0; k < depth; ++k) {
          float sum = 0;
          for (std::size_t i = row; i < std::min(row + block_rows, m); ++i)
            sum += std::fabs(w[i * depth + k]);
          want += sum > 0;
        }
      }
      const MatrixView view{w.data(), m, depth, depth, 1};
      EXPECT_EQ(pack_blocks(view, block_rows).blocks(), want);
    }
  }
}

FOR_EACH_VARIANT(BlockGemmVariants, blockgemm_variants());

}  // namespace
