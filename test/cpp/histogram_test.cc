#include "histogram/histogram.h"

#include "support.h"

namespace {

/// The contract's formula; volatile keeps each operation one float32 rounding.
std::uint32_t twin(float x, const BinRule& rule) {
  if (!std::isfinite(x)) return rule.bins;
  volatile float difference = x - rule.min;
  volatile float t = difference * rule.scale;
  const double last = rule.bins - 1;
  const double clamped = t > 0 ? (t < last ? t : last) : 0;
  return static_cast<std::uint32_t>(std::trunc(clamped));
}

const BinRule rules[] = {bin_rule(-1, 1, 2048),
                         bin_rule(0, 3, 1),
                         bin_rule(-0.3f, 0.7f, 1000),
                         bin_rule(-1e30f, 1e30f, 255),
                         bin_rule(5, 6, 1 << 20),
                         bin_rule(0, 1e-45f, 64),
                         bin_rule(-3.4028235e38f, 3.4028235e38f, 7)};

class HistogramVariants : public testing::TestWithParam<HistogramKernels> {};

TEST_P(HistogramVariants, BinsEqualTwin) {
  for (const BinRule& rule : rules) {
    for_each_input(Mix::special, [&](const float* x, std::size_t n) {
      std::vector<std::uint32_t> bins(n);
      GetParam().bins(x, n, rule, bins.data());
      for (std::size_t i = 0; i < n; ++i) ASSERT_EQ(bins[i], twin(x[i], rule)) << "x = " << x[i];
    });
  }
}

/// Two float32 roundings and that of the scale move x by at most 3 * 2^-24 of its distance from min, and
/// rounding x - min costs nothing more where both are of like size: within bins * 4 * 2^-24 < 1 bin for 2048
/// bins.
TEST_P(HistogramVariants, BinsAreAtMostOneOffTheRealOne) {
  const BinRule rule = bin_rule(-1.7f, 2.9f, 2048);
  std::vector<float> x(5000);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = -1.7f + 4.6f * static_cast<float>(i) / 5000;
  std::vector<std::uint32_t> bins(x.size());
  GetParam().bins(x.data(), x.size(), rule, bins.data());
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double real = (static_cast<double>(x[i]) + static_cast<double>(1.7f)) / (2.9f + 1.7) * 2048;
    ASSERT_NEAR(bins[i] + 0.5, real, 0.5 + 2048 * 4 * 0x1p-24) << x[i];
  }
}

FOR_EACH_VARIANT(HistogramVariants, histogram_variants());

TEST(HistogramDriver, CountsEqualTwinOnAnyNumberOfThreads) {
  for (std::size_t n : {0, 1, 1023, 140001}) {
    const std::vector<float> x = values(n, 9, Mix::special);
    for (const BinRule& rule : rules) {
      std::vector<double> want(rule.bins + 1, 1.0);
      for (float v : x) ++want[twin(v, rule)];
      with_pools([&](const Work& work) {
        std::vector<double> counts(rule.bins, 1.0);
        const std::size_t non_finite = histogram(work, x.data(), n, rule, counts.data());
        counts.push_back(static_cast<double>(non_finite) + 1);
        ASSERT_EQ(counts, want);
      });
    }
  }
}

/// A closed form: a ramp of 64 values a bin, each in the middle of its 64th part, fills all bins alike.
TEST(HistogramDriver, ARampFillsAllBinsAlike) {
  constexpr std::uint32_t bins = 1024;
  std::vector<float> x;
  for (std::uint32_t i = 0; i < bins * 64; ++i) x.push_back((static_cast<float>(i) + 0.5f) / 64);
  with_pools([&](const Work& work) {
    std::vector<double> counts(bins);
    EXPECT_EQ(histogram(work, x.data(), x.size(), bin_rule(0, bins, bins), counts.data()), 0u);
    EXPECT_EQ(counts, std::vector<double>(bins, 64));
  });
}

}  // namespace
