#include "minmax/minmax.h"

#include "support.h"

namespace {

MinMax twin(const float* x, std::size_t n) {
  double min = infinity, max = -infinity;
  std::size_t non_finite = 0;
  for (std::size_t i = 0; i < n; ++i) {
    if (!std::isfinite(x[i])) {
      ++non_finite;
      continue;
    }
    if (x[i] < min) min = x[i];
    if (x[i] > max) max = x[i];
  }
  if (min == 0) min = 0.0;  // a zero comes back as +0
  if (max == 0) max = 0.0;
  return {static_cast<float>(min), static_cast<float>(max), non_finite};
}

void expect_same(const MinMax& got, const MinMax& want) {
  EXPECT_EQ(bits_of(got.min), bits_of(want.min)) << got.min << " for " << want.min;
  EXPECT_EQ(bits_of(got.max), bits_of(want.max)) << got.max << " for " << want.max;
  EXPECT_EQ(got.non_finite, want.non_finite);
}

class MinMaxVariants : public testing::TestWithParam<MinMaxKernels> {};

TEST_P(MinMaxVariants, RunEqualsTwin) {
  for (Mix mix : {Mix::finite, Mix::special}) {
    for_each_input(mix,
                   [&](const float* x, std::size_t n) { expect_same(GetParam().run(x, n), twin(x, n)); });
  }
}

TEST_P(MinMaxVariants, TheExtremeIsFoundInEveryPlace) {
  for (std::size_t n : {1, 9, 17, 33, 65, 70}) {
    for (std::size_t at = 0; at < n; ++at) {
      std::vector<float> x(n, 1.0f);
      x[at] = -5.0f;
      EXPECT_EQ(GetParam().run(x.data(), n).min, -5.0f);
      x[at] = 7.0f;
      EXPECT_EQ(GetParam().run(x.data(), n).max, 7.0f);
      x[at] = not_a_number;
      EXPECT_EQ(GetParam().run(x.data(), n).non_finite, 1u);
    }
  }
}

TEST_P(MinMaxVariants, NothingFiniteAndZeros) {
  for (std::size_t n : lengths) {
    const std::vector<float> nothing(n, not_a_number), zeros(n, -0.0f);
    expect_same(GetParam().run(nothing.data(), n), {infinity, -infinity, n});
    if (n > 0) expect_same(GetParam().run(zeros.data(), n), {0.0f, 0.0f, 0});
  }
}

TEST_P(MinMaxVariants, ColumnsEqualTwin) {
  for (std::size_t columns : lengths) {
    const std::size_t rows = 5, stride = columns + 2;
    const std::vector<float> x = values(1 + rows * stride, static_cast<unsigned>(columns), Mix::special);
    std::vector<float> min(columns, infinity), max(columns, -infinity);
    GetParam().columns(x.data() + 1, rows, stride, columns, min.data(), max.data());
    for (std::size_t j = 0; j < columns; ++j) {
      float column[rows];
      for (std::size_t r = 0; r < rows; ++r) column[r] = x[1 + r * stride + j];
      const MinMax want = twin(column, rows);
      expect_same({min[j], max[j], want.non_finite}, want);
    }
  }
}

FOR_EACH_VARIANT(MinMaxVariants, min_max_variants());

TEST(MinMaxDriver, EqualsTwinOnAnyNumberOfThreads) {
  for (std::size_t n : {0, 1, 65535, 65536, 65537, 140001}) {
    const std::vector<float> x = values(n, 3, Mix::special);
    with_pools([&](const Work& work) { expect_same(min_max(work, x.data(), n), twin(x.data(), n)); });
  }
}

TEST(MinMaxDriver, ChannelsEqualTwin) {
  for (const Layout& layout : layouts()) {
    SCOPED_TRACE(text(layout));
    const std::vector<float> x = values(layout.size(), 5, Mix::special);
    std::vector<std::vector<float>> channels(layout.channels);
    for (std::size_t i = 0; i < x.size(); ++i) channels[i / layout.inner % layout.channels].push_back(x[i]);
    with_pools([&](const Work& work) {
      std::vector<float> min(layout.channels), max(layout.channels);
      min_max_per_channel(work, x.data(), layout, min.data(), max.data());
      for (std::size_t c = 0; c < layout.channels; ++c) {
        const MinMax want = twin(channels[c].data(), channels[c].size());
        ASSERT_EQ(bits_of(min[c]), bits_of(want.min));
        ASSERT_EQ(bits_of(max[c]), bits_of(want.max));
      }
    });
  }
}

}  // namespace
