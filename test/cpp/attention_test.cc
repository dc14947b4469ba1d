#include "attention/attention.h"

#include <algorithm>
#include <memory>

#include "attention/kernels.h"

#include "support.h"

namespace {

struct Sizes {
  std::size_t items, m, n, depth, width;
};

/// On both sides of a block of rows, a tile's columns and a vector.
constexpr Sizes all_sizes[] = {{1, 1, 1, 1, 1},      {2, 7, 5, 3, 4},      {3, 64, 64, 16, 64},
                               {2, 65, 130, 64, 49}, {1, 130, 48, 64, 50}, {2, 40, 1100, 8, 16},
                               {3, 2, 300, 40, 24},  {2, 4, 33, 64, 49}};

/// Operands as heads lie in a layer: an item's matrix is some columns of all rows.
struct Operands {
  Sizes s;
  std::vector<float> queries, keys, values_, mask;

  explicit Operands(const Sizes& sizes)
      : s(sizes),
        queries(values(s.items * s.m * s.depth, 1)),
        keys(values(s.items * s.n * s.depth, 2)),
        values_(values(s.items * s.n * s.width, 3)),
        mask(values(s.items * s.n, 4)) {}

  Attention attention_to(const AttentionResult& result) const {
    return {s.items,
            {{queries.data(), s.m, s.depth, s.items * s.depth, 1}, s.depth},
            {{keys.data(), s.n, s.depth, s.items * s.depth, 1}, s.depth},
            {{values_.data(), s.width, s.n, 1, s.items * s.width}, s.width},
            {0.5f, mask.data(), {{s.items, s.m}, {s.n, 0}}},
            result};
  }
  /// The result's rows item after item, or as the operands'.
  RowAxes dense() const { return {{s.items, s.m}, {s.m * s.width, s.width}}; }
  RowAxes beside() const { return {{s.items, s.m}, {s.width, s.items * s.width}}; }
  std::size_t results() const { return s.items * s.m * s.width; }
};

/// One row in float64, and how far float32 may be off to first order: a score's error e changes its weight by
/// 2 e of it, see attention/kernels.h for the others; products by halves are off by 3 * 2^-16 more.
struct Row {
  std::vector<double> y, bound;

  Row(const Operands& o, std::size_t item, std::size_t row, bool by_halves) : y(o.s.width), bound(o.s.width) {
    const Sizes& s = o.s;
    const double product = by_halves ? 3 * 0x1p-16 : 0, additions = by_halves ? 3 : 1;
    std::vector<double> scores(s.n);
    double error = 0, sum = 0;
    for (std::size_t j = 0; j < s.n; ++j) {
      double terms = std::fabs(o.mask[item * s.n + j]);
      for (std::size_t k = 0; k < s.depth; ++k) {
        const double term = 0.5 * o.queries[(row * s.items + item) * s.depth + k] *
                            o.keys[(j * s.items + item) * s.depth + k];
        scores[j] += term, terms += std::fabs(term);
      }
      scores[j] += o.mask[item * s.n + j];
      error = std::max(error, ((additions * static_cast<double>(s.depth) + 5) * 0x1p-24 + product) * terms);
    }
    const auto [least, most] = std::minmax_element(scores.begin(), scores.end());
    const double range = *most - *least, largest = *most, terms = static_cast<double>(s.n);
    for (double& score : scores) sum += score = std::exp(score - largest);
    const double relative =
        2 * error + 0x1p-21 + terms * 0x1p-26 + range * 0x1p-24 + (additions * terms + 3) * 0x1p-24 + product;
    for (std::size_t j = 0; j < s.n; ++j) {
      for (std::size_t c = 0; c < s.width; ++c) {
        const double term = scores[j] / sum * o.values_[(j * s.items + item) * s.width + c];
        y[c] += term, bound[c] += relative * std::fabs(term) + 1e-30;
      }
    }
  }
};

void run(const Work& work, const Attention& a) {
  std::size_t room = attention_workspace(a, work.pool.size()) + 64;
  std::vector<std::byte> workspace(room);
  void* at = workspace.data();
  attention(work, a, std::align(64, room - 64, at, room));
}

std::vector<float> attended(const Work& work, const Operands& operands, const RowAxes& rows) {
  std::vector<float> y(operands.results(), not_a_number);
  run(work, operands.attention_to({rows, false, {}, y.data()}));
  return y;
}

TEST(Attention, IsSoftmaxOfScoresTimesValues) {
  for (const Sizes& s : all_sizes) {
    SCOPED_TRACE(std::to_string(s.m) + " rows, " + std::to_string(s.n) + " keys");
    const Operands operands(s);
    std::vector<float> first;
    with_pools([&](const Work& work) {
      const std::vector<float> y = attended(work, operands, operands.dense());
      if (first.empty()) first = y;
      EXPECT_EQ(y, first);
    });
    for (std::size_t i = 0; i < s.items * s.m; ++i) {
      const Row want(operands, i / s.m, i % s.m, false);
      for (std::size_t c = 0; c < s.width; ++c) EXPECT_NEAR(first[i * s.width + c], want.y[c], want.bound[c]);
    }
  }
}

/// Where results go changes nothing about them, nor what they become, unless bytes come by halves.
TEST(Attention, RowsGoWhereTheyAreWanted) {
  const QuantizeRule rule{0.01f, 3, -128, 127};
  for (const Sizes& s : all_sizes) {
    SCOPED_TRACE(std::to_string(s.m) + " rows, " + std::to_string(s.n) + " keys");
    const Operands operands(s);
    with_pools([&](const Work& work) {
      const std::vector<float> dense = attended(work, operands, operands.dense());
      const std::vector<float> beside = attended(work, operands, operands.beside());
      if (!attention_kernels(true).form) {
        std::vector<std::uint8_t> bytes(dense.size()), want(dense.size());
        run(work, operands.attention_to({operands.beside(), true, rule, bytes.data()}));
        quantize_kernels().run8(beside.data(), beside.size(), rule, want.data());
        EXPECT_EQ(bytes, want);
      }
      for (std::size_t i = 0; i < s.items * s.m; ++i) {
        const float* const row = beside.data() + (i % s.m * s.items + i / s.m) * s.width;
        EXPECT_TRUE(std::equal(row, row + s.width, dense.data() + i * s.width));
      }
    });
  }
}

std::int8_t quantized(double x, const QuantizeRule& rule) {
  const auto rounded = static_cast<float>(x);
  std::uint8_t byte = 0;
  quantize_kernels().run8(&rounded, 1, rule, &byte);
  return static_cast<std::int8_t>(byte);
}

/// Of floats within the bound, what QuantizeLinear makes of them.
TEST(Attention, BytesAreThoseOfTheResult) {
  const QuantizeRule rule{0.01f, 3, -128, 127};
  const bool by_halves = attention_kernels(true).form;
  for (const Sizes& s : all_sizes) {
    SCOPED_TRACE(std::to_string(s.m) + " rows, " + std::to_string(s.n) + " keys");
    const Operands operands(s);
    std::vector<std::int8_t> first;
    with_pools([&](const Work& work) {
      std::vector<std::int8_t> y(operands.results(), 77);
      run(work, operands.attention_to({operands.beside(), true, rule, y.data()}));
      if (first.empty()) first = y;
      EXPECT_EQ(y, first);
    });
    for (std::size_t i = 0; i < s.items * s.m; ++i) {
      const std::size_t item = i % s.items, row = i / s.items;
      const Row want(operands, item, row, by_halves);
      for (std::size_t c = 0; c < s.width; ++c) {
        EXPECT_GE(first[i * s.width + c], quantized(want.y[c] - want.bound[c], rule));
        EXPECT_LE(first[i * s.width + c], quantized(want.y[c] + want.bound[c], rule));
      }
    }
  }
}

/// Element (i, k) of the queries at k * m + i.
TEST(Attention, QueriesMayLieTransposed) {
  Operands operands({1, 70, 33, 20, 8});
  with_pools([&](const Work& work) {
    const std::vector<float> want = attended(work, operands, operands.dense());
    const auto [items, m, n, depth, width] = operands.s;
    std::vector<float> turned(m * depth), y(want.size());
    for (std::size_t i = 0; i < m; ++i) {
      for (std::size_t k = 0; k < depth; ++k) turned[k * m + i] = operands.queries[i * depth + k];
    }
    Attention a = operands.attention_to({operands.dense(), false, {}, y.data()});
    a.queries.matrix = {turned.data(), m, depth, 1, m};
    run(work, a);
    EXPECT_EQ(y, want);
  });
}

}  // namespace
