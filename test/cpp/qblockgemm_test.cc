#include "qblockgemm/qblockgemm.h"

#include <algorithm>
#include <functional>

#include "dense.h"
#include "integers.h"

namespace {

/// Blocks of 4 rows by 4 inputs, of which `kept` of 16 are not zero.
std::vector<std::int8_t> sparse(const WeightView& shape, unsigned kept, unsigned seed) {
  std::mt19937 random(seed);
  std::vector<std::int8_t> w(shape.size * shape.outer);
  for (std::size_t row = 0; row < shape.size; row += 4) {
    for (std::size_t k = 0; k < shape.inputs; k += 4) {
      for (std::size_t t = 0; t < shape.taps; ++t) {
        if (random() % 16 >= kept) continue;
        for (std::size_t i = row; i < std::min(row + 4, shape.size); ++i) {
          for (std::size_t e = k; e < std::min(k + 4, shape.inputs); ++e) {
            w[i * shape.outer + e * shape.inner + t] =
                static_cast<std::int8_t>(random() % 9 ? random() : 0x80);
          }
        }
      }
    }
  }
  return w;
}

class QBlockGemmVariants : public testing::TestWithParam<QBlockGemmKernels> {
 public:
  /// C4 in, C4 out, all shapes: exact, on any number of threads.
  static void expect_exact(std::size_t block_rows, const QBlockKernel& kernel) {
    std::mt19937 random(3);
    const Steps steps;
    std::size_t round = block_rows;
    for (const ConvShape& s : sparse_shapes()) {
      const std::size_t images = s.depth() > 500 ? 1 : 2, m = 1 + 9 * (round % 8),
                        inputs = s.channels * 4 - round % 4, n = s.pixels();
      SCOPED_TRACE(text(s) + ", channels out " + std::to_string(m) + ", blocks of " +
                   std::to_string(block_rows));
      const std::size_t planes = (m + 3) / 4, words = s.channels * s.height * s.width;
      WeightView view{nullptr, m, inputs, s.taps(), inputs * s.taps(), s.taps()};
      const std::vector<std::int8_t> w = sparse(view, static_cast<unsigned>(round++ % 6) * 3, 2);
      view.data = w.data();
      const std::vector<QBlockWeights> weights(1, pack_qblocks(view, block_rows, kernel));
      std::vector<std::uint8_t> x(images * words * 4);
      for (auto& v : x) v = static_cast<std::uint8_t>(random() % 5 ? random() : 255);
      const std::vector<std::int32_t> bias = biases(m, 4);
      const std::vector<float> multiplier = multipliers(m, inputs * s.taps() * 1000, 5);
      const std::vector<std::uint8_t> other = bytes<std::uint8_t>(images * planes * n * 4, 6);
      const Requantize how = steps.make(round, bias.data(), multiplier.data(), other.data());
      std::vector<std::uint8_t> want(images * planes * n * 4);
      for (std::size_t at = 0; at < want.size(); ++at) {
        const std::size_t p = at / 4 % n, plane = at / 4 / n, i = plane % planes * 4 + at % 4;
        if (i >= m) continue;
        std::int64_t sum = std::int64_t{0x83} * weights[0].sums[i];
        for_each_tap(s, p / s.out_width, p % s.out_width, [&](std::size_t tap, std::size_t pixel) {
          for (std::size_t k = 0; k < inputs; ++k) {
            const std::size_t word = plane / planes * words + k / 4 * s.height * s.width + pixel;
            sum += (x[word * 4 + k % 4] - 0x83) * w[(i * inputs + k) * s.taps() + tap];
          }
        });
        want[at] = twin(sum, how, i, at);
      }
      with_pools([&](const Work& work) {
        std::vector<std::uint8_t> c(want.size(), 77);
        QBlockConv conv{};
        conv.items = images, conv.m = m, conv.input = {s, x.data(), words, 0x83838383u},
        conv.weights = weights;
        conv.output = Output::c4, conv.c = c.data(), conv.item_step = planes * n * 4;
        conv.requantize = how;
        const Aligned<std::byte> space(qblock_conv_workspace(conv, work.pool.size(), kernel));
        qblock_conv(&work, conv, space.get(), kernel);
        for (std::size_t at = 0; at < c.size(); ++at) ASSERT_EQ(c[at], want[at]) << at;
      });
    }
  }
};

TEST_P(QBlockGemmVariants, BlocksOfFourRowsAreExact) { expect_exact(4, GetParam().four); }
TEST_P(QBlockGemmVariants, BlocksOfEightRowsAreExact) { expect_exact(8, GetParam().eight); }

FOR_EACH_VARIANT(QBlockGemmVariants, qblockgemm_variants());

/// What weights may be at worst beside pixels of 255: `next()` is each one's.
void expect_exact_product(const std::function<std::int8_t()>& next, std::size_t blocks,
                          const QBlockKernel& kernel) {
  const std::size_t rows = kernel.size.rows, columns = kernel.size.columns, depth = blocks + 3;
  std::vector<std::int8_t> w(rows * depth * 4);
  for (std::size_t i = 0; i < rows; ++i) {
    for (std::size_t k = 0; k < blocks; ++k) {
      for (std::size_t e = 0; e < 4; ++e) w[(i * depth + k) * 4 + e] = next();
    }
  }
  const QBlockWeights packed = pack_qblocks({w.data(), rows, depth * 4, 1, depth * 4, 1}, rows, kernel);
  std::vector<std::uint8_t> x(depth * columns * 4, 255);
  std::mt19937 random(8);
  for (std::size_t at = 0; at < x.size();
       ++at) {  // the columns: all, those of odd inputs, those of even ones, any
    const std::size_t column = at / 4 % columns % 4;
    if (column == 1 + at % 2) x[at] = 0;
    if (column == 3) x[at] = static_cast<std::uint8_t>(random());
  }
  std::vector<std::uint32_t> table(depth);
  for (std::size_t k = 0; k < depth; ++k) table[k] = static_cast<std::uint32_t>(k * columns);
  const Aligned<std::int32_t> tile(rows * columns);
  kernel.product(packed.values.data(), packed.indices.data(), packed.indices.size(),
                 reinterpret_cast<const std::uint32_t*>(x.data()), table.data(), columns, tile.get());
  for (std::size_t i = 0; i < rows; ++i) {
    for (std::size_t j = 0; j < columns; ++j) {
      std::int64_t want = 0;
      for (std::size_t k = 0; k < depth * 4; ++k)
        want += w[i * depth * 4 + k] * x[(k / 4 * columns + j) * 4 + k % 4];
      ASSERT_EQ(tile.get()[i * columns + j], want) << blocks << " blocks, row " << i << ", column " << j;
    }
  }
}

TEST_P(QBlockGemmVariants, ProductsOfAnyWeightsAreExact) {
  std::mt19937 random(5);
  std::normal_distribution<float> normal(0, 40);
  int count = 0;
  const std::function<std::int8_t()> kinds[] = {
      [] { return std::int8_t{127}; },
      [] { return std::int8_t{-128}; },
      [&] { return static_cast<std::int8_t>(count++ % 2 ? 127 : -128); },
      [&] { return static_cast<std::int8_t>(count++ / 2 % 2 ? 127 : -128); },
      [&] { return static_cast<std::int8_t>(random() % 2 ? 64 : -64); },
      [&] { return static_cast<std::int8_t>(random()); },
      [&] { return static_cast<std::int8_t>(std::clamp(normal(random), -128.0f, 127.0f)); },
  };
  for (const auto& next : kinds) {
    for (const std::size_t blocks : {0, 1, 2, 3, 4, 5, 17, 64, 257}) {
      expect_exact_product(next, blocks, GetParam().four);
      expect_exact_product(next, blocks, GetParam().eight);
    }
  }
}

TEST(QBlockGemmTiles, BlocksOfThirtyTwoRowsAreExact) {
  const QBlockKernel* kernel = qblock_kernel(32);
  if (!kernel) GTEST_SKIP() << "no AMX here";
  QBlockGemmVariants::expect_exact(32, *kernel);
}

TEST(QBlockWeights, CountBlocksAndSums) {
  WeightView view{nullptr, 13, 10, 3, 30, 3};
  const std::vector<std::int8_t> w = sparse(view, 6, 4);
  view.data = w.data();
  for (const std::size_t block_rows : {4, 8}) {
    std::size_t want = 0;
    for (std::size_t row = 0; row < 13; row += block_rows) {
      for (std::size_t k = 0; k < 10; k += 4) {
        for (std::size_t t = 0; t < 3; ++t) {
          int any = 0;
          for (std::size_t i = row; i < std::min<std::size_t>(row + block_rows, 13); ++i) {
            for (std::size_t e = k; e < std::min<std::size_t>(k + 4, 10); ++e) any |= w[i * 30 + e * 3 + t];
          }
          want += any != 0;
        }
      }
    }
    EXPECT_EQ(pack_qblocks(view, block_rows, *qblock_kernel(block_rows)).blocks(), want);
  }
}

}  // namespace
