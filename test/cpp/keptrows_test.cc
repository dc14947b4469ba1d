/// Products of a few rows by all that are kept, where they lie.
#include "attention/keptRows.h"

#include "support.h"

namespace {

class KeptRowsVariants : public testing::TestWithParam<KeptRowsKernels> {};

/// On both sides of what is done at once, and of whole vectors.
constexpr std::size_t all_rows[] = {1, 3, 4, 5, 8}, all_kept[] = {1, 3, 4, 7, 130},
                      all_depths[] = {1, 7, 8, 16, 24, 33, 64, 80, 128};

template <class Check>
void for_each_size(Check check) {
  for (const std::size_t rows : all_rows) {
    for (const std::size_t n : all_kept) {
      for (const std::size_t depth : all_depths) {
        SCOPED_TRACE(std::to_string(rows) + " by " + std::to_string(n) + " rows of " + std::to_string(depth));
        check(rows, n, depth);
      }
    }
  }
}

TEST_P(KeptRowsVariants, ScoresAreProductsOfRows) {
  for_each_size([](std::size_t rows, std::size_t n, std::size_t depth) {
    const std::size_t query_step = depth + 2, key_step = depth + 5, step = n + 3;
    const std::vector<float> queries = values((rows - 1) * query_step + depth, 1),
                             keys = values((n - 1) * key_step + depth, 2);
    std::vector<float> scores(rows * step, 7.0f);
    GetParam().scores({queries.data(), rows, query_step}, {keys.data(), n, depth, key_step}, scores.data(),
                      step);
    for (std::size_t r = 0; r < rows; ++r) {
      for (std::size_t t = 0; t < n; ++t) {
        double sum = 0, terms = 0;
        for (std::size_t k = 0; k < depth; ++k) {
          const double term = static_cast<double>(queries[r * query_step + k]) * keys[t * key_step + k];
          sum += term, terms += std::fabs(term);
        }
        ASSERT_NEAR(scores[r * step + t], sum, static_cast<double>(depth + 1) * 0x1p-24 * terms);
      }
      for (std::size_t t = n; t < step; ++t) ASSERT_EQ(scores[r * step + t], 7.0f);
    }
  });
}

TEST_P(KeptRowsVariants, SumsAreWeightedRows) {
  for_each_size([](std::size_t rows, std::size_t n, std::size_t depth) {
    const std::size_t step = n + 3, value_step = depth + 5, y_step = depth + 1;
    const std::vector<float> weights = values(rows * step, 1), kept = values((n - 1) * value_step + depth, 2),
                             factors = values(rows, 3);
    std::vector<float> y(rows * y_step, 7.0f);
    GetParam().sums(weights.data(), step, {kept.data(), n, depth, value_step}, factors.data(),
                    {y.data(), rows, y_step});
    for (std::size_t r = 0; r < rows; ++r) {
      for (std::size_t k = 0; k < depth; ++k) {
        double sum = 0, terms = 0;
        for (std::size_t t = 0; t < n; ++t) {
          const double term = static_cast<double>(weights[r * step + t]) * kept[t * value_step + k];
          sum += term, terms += std::fabs(term);
        }
        const double factor = factors[r];
        ASSERT_NEAR(y[r * y_step + k], sum * factor,
                    static_cast<double>(n + 2) * 0x1p-24 * terms * std::fabs(factor));
      }
      ASSERT_EQ(y[r * y_step + depth], 7.0f);
    }
  });
}

FOR_EACH_VARIANT(KeptRowsVariants, kept_rows_variants());

}  // namespace
