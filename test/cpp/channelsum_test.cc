#include "channelsum/channelsum.h"

#include "support.h"

namespace {

struct Exact {
  long double sum = 0, magnitudes = 0;

  void add(float x) {
    sum += static_cast<long double>(x);
    magnitudes += std::fabs(static_cast<long double>(x));
  }

  /// `roundings` additions, each relative to a partial sum no larger than the magnitudes' sum.
  double bound(double roundings) const {
    return roundings * unit_roundoff * static_cast<double>(magnitudes) * 1.01;
  }
};

class ChannelSumVariants : public testing::TestWithParam<ChannelSumKernels> {};

TEST_P(ChannelSumVariants, SumsAreWithinTheBound) {
  for_each_input(Mix::finite, [&](const float* x, std::size_t n) {
    Exact want;
    for (std::size_t i = 0; i < n; ++i) want.add(x[i]);
    EXPECT_NEAR(GetParam().run(x, n), static_cast<double>(want.sum),
                want.bound(static_cast<double>(n) / 8 + 4));
  });
}

TEST_P(ChannelSumVariants, AllVariantsGiveTheSameBits) {
  for (Mix mix : {Mix::finite, Mix::special}) {
    for_each_input(mix, [&](const float* x, std::size_t n) {
      EXPECT_TRUE(same(GetParam().run(x, n), sum_f32_scalar(x, n)));
    });
  }
}

/// A closed form: 1 + 2 + … + n, exact in double.
TEST_P(ChannelSumVariants, SumsAnArithmeticSeries) {
  for (std::size_t n : lengths) {
    std::vector<float> x;
    for (std::size_t i = 1; i <= n; ++i) x.push_back(static_cast<float>(i));
    EXPECT_EQ(GetParam().run(x.data(), n), static_cast<double>(n * (n + 1) / 2));
  }
}

TEST_P(ChannelSumVariants, ColumnsAddRowsInOrder) {
  for (std::size_t columns : lengths) {
    const std::size_t rows = 6, stride = columns + 1;
    const std::vector<float> x = values(1 + rows * stride, static_cast<unsigned>(columns), Mix::special);
    std::vector<double> sums(columns, 0.5), want(columns, 0.5);
    for (std::size_t r = 0; r < rows; ++r) {
      for (std::size_t j = 0; j < columns; ++j) want[j] += static_cast<double>(x[1 + r * stride + j]);
    }
    GetParam().columns(x.data() + 1, rows, stride, columns, sums.data());
    for (std::size_t j = 0; j < columns; ++j) ASSERT_TRUE(same(sums[j], want[j]));
  }
}

FOR_EACH_VARIANT(ChannelSumVariants, channel_sum_variants());

TEST(ChannelSumDriver, EqualsTwinWithTheSameBitsOnAnyNumberOfThreads) {
  for (const Layout& layout : layouts()) {
    SCOPED_TRACE(text(layout));
    const std::vector<float> x = values(layout.size(), 8);
    std::vector<Exact> want(layout.channels);
    for (std::size_t i = 0; i < x.size(); ++i) want[i / layout.inner % layout.channels].add(x[i]);
    std::vector<double> first;
    with_pools([&](const Work& work) {
      std::vector<double> sums(layout.channels, -1);
      channel_sums(work, x.data(), layout, sums.data());
      for (std::size_t c = 0; c < layout.channels; ++c) {
        const double most = static_cast<double>(layout.outer * layout.inner);  // no order rounds more often
        ASSERT_NEAR(sums[c], static_cast<double>(want[c].sum), want[c].bound(most));
      }
      if (!first.empty()) {
        ASSERT_EQ(sums, first);
      }
      first = sums;
    });
  }
}

}  // namespace
