/// Kernels that go over rows: softmax, layer normalization, reductions.
#include <algorithm>

#include "normalization/normalization.h"
#include "reduction/reduction.h"
#include "support.h"

namespace {

std::vector<double> softmax_of(const float* x, std::size_t n, bool logarithmic) {
  const double largest = *std::max_element(x, x + n);
  double sum = 0;
  for (std::size_t i = 0; i < n; ++i) sum += std::exp(x[i] - largest);
  std::vector<double> y(n);
  for (std::size_t i = 0; i < n; ++i) {
    y[i] = logarithmic ? x[i] - largest - std::log(sum) : std::exp(x[i] - largest) / sum;
  }
  return y;
}

class NormalizationVariants : public testing::TestWithParam<NormalizationKernels> {};

TEST_P(NormalizationVariants, Softmax) {
  for (std::size_t n : {1, 2, 7, 16, 31, 100, 1000}) {
    const std::vector<float> x = values(n, static_cast<unsigned>(n));
    std::vector<float> y(n);
    for (bool logarithmic : {false, true}) {
      GetParam().softmax(x.data(), n, logarithmic, y.data());
      const std::vector<double> want = softmax_of(x.data(), n, logarithmic);
      const float largest = *std::max_element(x.begin(), x.end());
      for (std::size_t i = 0; i < n; ++i) {
        const double relative =
            0x1p-21 + static_cast<double>(n) * 0x1p-26 + (static_cast<double>(largest) - x[i]) * 0x1p-24;
        EXPECT_NEAR(y[i], want[i], relative * (std::fabs(want[i]) + (logarithmic ? 32.0 : 0.0))) << n;
      }
    }
  }
}

TEST_P(NormalizationVariants, SoftmaxOfLargeNumbers) {
  const float x[] = {1e4f, 1e4f, -1e4f};
  float y[3];
  GetParam().softmax(x, 3, false, y);
  EXPECT_EQ(y[0], 0.5f);
  EXPECT_EQ(y[2], 0.0f);
}

TEST_P(NormalizationVariants, Normalize) {
  for (std::size_t n : {1, 5, 16, 33, 768}) {
    const std::vector<float> x = values(n, static_cast<unsigned>(n)), scale = values(n, 5),
                             shift = values(n, 6);
    double mean = 0, variance = 0;
    for (float v : x) mean += v / static_cast<double>(n);
    for (float v : x) variance += (v - mean) * (v - mean) / static_cast<double>(n);
    std::vector<float> y(n);
    GetParam().normalize(x.data(), 1, {n, 1e-5f, scale.data(), shift.data(), 1}, y.data());
    for (std::size_t i = 0; i < n; ++i) {
      const double unit = (x[i] - mean) / std::sqrt(variance + 1e-5);
      const double bound =
          0x1p-17 * (std::fabs(unit * scale[i]) + std::fabs(shift[i]) + 0x1p-3 * std::fabs(scale[i]));
      EXPECT_NEAR(y[i], unit * scale[i] + shift[i], bound) << n << ", " << i;
    }
  }
}

TEST_P(NormalizationVariants, RowsTogetherAreTheRowsAlone) {
  const std::size_t n = 53;
  const std::vector<float> x = values(most_normalized * n, 1), scale = values(n, 2), shift = values(n, 3);
  for (const bool keeps_mean : {false, true}) {
    const NormalizedRow row{n, 1e-5f, scale.data(), keeps_mean ? nullptr : shift.data(), 1, keeps_mean};
    for (std::size_t rows = 1; rows <= most_normalized; ++rows) {
      std::vector<float> y(x.size(), 77), want(x.size(), 77);
      for (std::size_t r = 0; r < rows; ++r) GetParam().normalize(&x[r * n], 1, row, &want[r * n]);
      GetParam().normalize(x.data(), rows, row, y.data());
      EXPECT_EQ(y, want);
    }
  }
}

TEST_P(NormalizationVariants, AllVariantsGiveTheSameBits) {
  for_each_input(Mix::finite, [&](const float* x, std::size_t n) {
    if (n == 0) return;
    std::vector<float> y(n), want(n);
    GetParam().softmax(x, n, false, y.data());
    softmax_row_f32_scalar(x, n, false, want.data());
    EXPECT_EQ(y, want);
    const NormalizedRow row{n, 1e-6f, x, x, 1};
    GetParam().normalize(x, 1, row, y.data());
    normalize_rows_f32_scalar(x, 1, row, want.data());
    EXPECT_EQ(y, want);
    for (const float* mask : {x, static_cast<const float*>(nullptr)}) {
      GetParam().masked_softmax(x, n, 0.125f, mask, y.data());
      for (std::size_t i = 0; i < n; ++i) want[i] = x[i] * 0.125f + (mask ? mask[i] : 0);
      softmax_row_f32_scalar(want.data(), n, false, want.data());
      EXPECT_EQ(y, want);
    }
  });
}

FOR_EACH_VARIANT(NormalizationVariants, normalization_variants());

TEST(Normalization, BytesAreThoseOfTheRows) {
  const std::size_t rows = 1023, n = 50;
  const std::vector<float> x = values(rows * n, 1), scale = values(n, 2), shift = values(n, 3);
  const NormalizedRow row{n, 1e-5f, scale.data(), shift.data(), 1};
  const float step = 0.05f;
  const std::int32_t zero = -3;
  with_pools([&](const Work& work) {
    std::vector<float> want(x.size()), y(x.size());
    std::vector<std::uint8_t> want_bytes(x.size()), beside(x.size()), alone(x.size());
    normalize_rows(work, x.data(), rows, row, 0, want.data());
    quantize(work, want.data(), {1, 1, x.size()}, {&step, &zero}, -128, 127, {8, true}, want_bytes.data());
    const QuantizeRule rule{step, zero, -128, 127};
    normalize_rows_to_bytes(work, x.data(), rows, row, {rule, beside.data()}, y.data());
    normalize_rows_to_bytes(work, x.data(), rows, row, {rule, alone.data()}, nullptr);
    EXPECT_EQ(y, want);
    EXPECT_EQ(beside, want_bytes);
    EXPECT_EQ(alone, want_bytes);
  });
}

TEST(Normalization, MasksLieAlongAnyAxes) {
  const std::size_t n = 7;
  const std::vector<float> x = values(2 * 3 * 4 * n, 1), numbers = values(2 * 4 * n, 2);
  with_pools([&](const Work& work) {
    std::vector<float> y(x.size());
    masked_softmax(work, x.data(), 24, n, {0.5f, numbers.data(), {{2, 3, 4}, {4 * n, 0, n}}}, y.data());
    for (std::size_t row = 0; row < 24; ++row) {
      float scores[n];
      const float* const mask = numbers.data() + (row / 12 * 4 + row % 4) * n;
      for (std::size_t i = 0; i < n; ++i) scores[i] = x[row * n + i] * 0.5f + mask[i];
      const std::vector<double> want = softmax_of(scores, n, false);
      for (std::size_t i = 0; i < n; ++i) EXPECT_NEAR(y[row * n + i], want[i], 1e-6);
    }
  });
}

TEST(Normalization, SoftmaxAlongAnInnerAxisOnAnyPool) {
  const std::size_t outer = 3, n = 5, inner = 37;
  const std::vector<float> x = values(outer * n * inner, 1);
  with_pools([&](const Work& work) {
    std::vector<float> y(x.size());
    softmax(work, x.data(), outer, n, inner, false, y.data());
    for (std::size_t o = 0; o < outer; ++o) {
      for (std::size_t j = 0; j < inner; ++j) {
        float row[n];
        for (std::size_t i = 0; i < n; ++i) row[i] = x[(o * n + i) * inner + j];
        const std::vector<double> want = softmax_of(row, n, false);
        for (std::size_t i = 0; i < n; ++i) EXPECT_NEAR(y[(o * n + i) * inner + j], want[i], 1e-6);
      }
    }
  });
}

double reduced(Reduction kind, const std::vector<double>& x) {
  double sum = 0, product = 1, squares = 0, sizes = 0;
  for (double v : x) {
    sum += v;
    product *= v;
    squares += v * v;
    sizes += std::fabs(v);
  }
  switch (kind) {
    case Reduction::sum:
      return sum;
    case Reduction::mean:
      return sum / static_cast<double>(x.size());
    case Reduction::max:
      return *std::max_element(x.begin(), x.end());
    case Reduction::min:
      return *std::min_element(x.begin(), x.end());
    case Reduction::prod:
      return product;
    case Reduction::sumSquare:
      return squares;
    case Reduction::l1:
      return sizes;
    default:
      return std::sqrt(squares);
  }
}

constexpr Reduction kinds[] = {Reduction::sum,  Reduction::mean,      Reduction::max, Reduction::min,
                               Reduction::prod, Reduction::sumSquare, Reduction::l1,  Reduction::l2};

TEST(Reduction, EveryKindAlongEveryAxisOnAnyPool) {
  with_pools([&](const Work& work) {
    for (const auto& [outer, n, inner] :
         {std::array<std::size_t, 3>{3, 50, 1}, {2, 9, 300}, {1, 1, 4}, {5, 17, 3}}) {
      std::vector<float> x = values(outer * n * inner, static_cast<unsigned>(n));
      for (float& v : x)
        v = 0.5f + std::fabs(v) / (1 + std::fabs(v));  // so that products neither vanish nor explode
      std::vector<float> y(outer * inner);
      for (Reduction kind : kinds) {
        reduce(work, kind, x.data(), outer, n, inner, y.data());
        for (std::size_t o = 0; o < outer; ++o) {
          for (std::size_t j = 0; j < inner; ++j) {
            std::vector<double> run;
            for (std::size_t i = 0; i < n; ++i) run.push_back(x[(o * n + i) * inner + j]);
            const double want = reduced(kind, run);
            EXPECT_NEAR(y[o * inner + j], want, static_cast<double>(n + 5) * 0x1p-23 * std::fabs(want));
          }
        }
      }
    }
  });
}

class ReductionVariants : public testing::TestWithParam<ReductionKernels> {};

TEST_P(ReductionVariants, AllVariantsGiveTheSameBits) {
  for_each_input(Mix::special, [&](const float* x, std::size_t n) {
    if (n == 0) return;
    std::vector<float> y(n), want(n);
    for (Reduction kind : kinds) {
      EXPECT_TRUE(same(GetParam().row(kind, x, n), reduce_row_f32_scalar(kind, x, n)));
      GetParam().columns(kind, x, 1, n, n, y.data());
      reduce_columns_f32_scalar(kind, x, 1, n, n, want.data());
      for (std::size_t i = 0; i < n; ++i) ASSERT_TRUE(same(y[i], want[i]));
    }
  });
}

FOR_EACH_VARIANT(ReductionVariants, reduction_variants());

}  // namespace
