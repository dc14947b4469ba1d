/// The kernels of attention: products of rows in memory by panels, and softmax but for its division.
#include <algorithm>

#include "attention/kernels.h"

#include "roundUp.h"
#include "support.h"

namespace {

class AttentionVariants : public testing::TestWithParam<AttentionKernels> {
 protected:
  std::size_t padded(std::size_t n) const { return round_up(n, GetParam().lanes); }

  /// What one product of floats is off by beside its rounding to float32, as a share of it.
  double halves() const { return GetParam().form ? 3 * 0x1p-16 : 0; }

  /// The product by kernels that take their operands in a form of their own.
  void multiply(RowsProduct p) const {
    const OperandForm* const form = GetParam().form;
    if (!form) return GetParam().product(p);
    const std::size_t depth = round_up(p.depth, form->depth), width = padded(p.columns);
    std::vector<float> left(round_up(p.rows, form->rows) * depth), right(depth * width);
    form->left(p.left, p.left_step, p.rows, p.depth, left.data(), depth);
    form->right({p.right, p.columns, p.depth, 1, width}, 0, width, right.data());
    p.left = left.data(), p.left_step = p.depth = depth, p.right = right.data();
    form->enter();
    GetParam().product(p);
    form->leave();
  }
};

TEST_P(AttentionVariants, ProductsOfRows) {
  const std::size_t widest = GetParam().lanes * GetParam().panel_vectors;
  for (std::size_t rows : {1, 2, 5, 7, 12, 13, 64}) {
    for (std::size_t columns = 1; columns <= widest; columns += columns < 9 ? 1 : 7) {
      for (std::size_t depth : {1, 3, 33, 64}) {
        SCOPED_TRACE(std::to_string(rows) + " x " + std::to_string(columns) + " x " + std::to_string(depth));
        const std::size_t left_step = depth + 2, width = padded(columns), c_step = columns + 3;
        const std::vector<float> left = values(rows * left_step, 1), right = values(depth * width, 2),
                                 start = values(rows * c_step, 3), factors = values(rows, 4);
        for (bool adds : {false, true}) {
          std::vector<float> c = start;
          const float* const scale = adds ? nullptr : factors.data();
          multiply(
              {left.data(), left_step, right.data(), depth, rows, columns, c.data(), c_step, adds, scale});
          for (std::size_t i = 0; i < rows; ++i) {
            for (std::size_t j = columns; j < c_step; ++j)
              ASSERT_EQ(c[i * c_step + j], start[i * c_step + j]);
            for (std::size_t j = 0; j < columns; ++j) {
              double sum = adds ? start[i * c_step + j] : 0, terms = std::fabs(sum);
              for (std::size_t k = 0; k < depth; ++k) {
                const double term = static_cast<double>(left[i * left_step + k]) * right[k * width + j];
                sum += term, terms += std::fabs(term);
              }
              const double factor = scale ? scale[i] : 1;
              const double rounding = (halves() > 0 ? 3 : 1) * static_cast<double>(depth) + 2;
              const double bound = (rounding * 0x1p-24 + halves()) * terms * std::fabs(factor);
              ASSERT_NEAR(c[i * c_step + j], sum * factor, bound);
            }
          }
        }
      }
    }
  }
}

TEST_P(AttentionVariants, Weights) {
  const std::size_t rows = 3;
  const float factor = 0.37f;
  for (std::size_t n : {1, 2, 7, 16, 31, 100, 1000}) {
    const std::size_t step = padded(n) + GetParam().lanes;
    const std::vector<float> scores = values(rows * step, 5);
    std::vector<float> mask = values(2 * n, 6);
    for (std::size_t j = 1; j < n; j += 3) mask[j] = j % 2 ? -infinity : -3.4028235e38f;
    const std::size_t offsets[rows] = {0, n, 0};
    for (const bool is_masked : {false, true}) {
      const float* const added = is_masked ? mask.data() : nullptr;
      SCOPED_TRACE(std::to_string(n) + (is_masked ? ", masked" : ""));
      std::vector<float> y = scores, inverses(rows);
      GetParam().weights({y.data(), step, rows, n, factor, added, offsets}, inverses.data());
      for (std::size_t i = 0; i < rows; ++i) {
        const auto addend = [&](std::size_t j) { return added ? double{added[offsets[i] + j]} : 0.0; };
        const auto score = [&](std::size_t j) { return double{scores[i * step + j]} * factor + addend(j); };
        double largest = -INFINITY, sum = 0;
        for (std::size_t j = 0; j < n; ++j) largest = std::max(largest, score(j));
        for (std::size_t j = 0; j < n; ++j) {
          const double want = std::exp(score(j) - largest), got = y[i * step + j];
          const double terms = std::fabs(score(j) - addend(j)) + std::fabs(addend(j)) + std::fabs(largest);
          const double relative =
              want == 0 ? 0 : std::exp2(-22.5) + (largest - score(j) + 2 * terms) * 0x1p-24;
          ASSERT_NEAR(got, want, relative * want + 0x1p-100) << j;
          sum += got;
        }
        for (std::size_t j = n; j < padded(n); ++j) ASSERT_EQ(y[i * step + j], 0);
        for (std::size_t j = padded(n); j < step; ++j) ASSERT_EQ(y[i * step + j], scores[i * step + j]);
        EXPECT_NEAR(inverses[i] * sum, 1, (static_cast<double>(n) + 4) * 0x1p-24);
      }
    }
  }
}

TEST_P(AttentionVariants, MaskedOutIsZeroUnlessEverythingIs) {
  const std::size_t n = 20, step = padded(n);
  const float lowest = -3.4028235e38f;
  std::vector<float> mask(2 * n, lowest), y(2 * step, 1), inverses(2);
  mask[3] = 0;
  const std::size_t offsets[] = {0, n};
  GetParam().weights({y.data(), step, 2, n, 1, mask.data(), offsets}, inverses.data());
  for (std::size_t j = 0; j < n; ++j) {
    EXPECT_EQ(y[j], j == 3 ? 1 : 0);
    EXPECT_EQ(y[step + j], 1);
  }
  EXPECT_EQ(inverses[0], 1);
  EXPECT_EQ(inverses[1], 1.0f / static_cast<float>(n));
}

TEST_P(AttentionVariants, NotANumberStays) {
  const std::size_t n = 20, step = padded(n);
  for (std::size_t at : {0, 7, 19}) {
    std::vector<float> y(step, 1);
    float inverse = 0;
    y[at] = not_a_number;
    const std::size_t offset = 0;
    GetParam().weights({y.data(), step, 1, n, 1, nullptr, &offset}, &inverse);
    EXPECT_TRUE(std::isnan(inverse));
  }
}

FOR_EACH_VARIANT(AttentionVariants, attention_variants());

}  // namespace
