#include "qpairs/qpairs.h"

#include "dense.h"
#include "integers.h"
#include "qpairs/linear.h"

namespace {

struct Kind {
  const char* name;
  std::int8_t (*weight)(std::mt19937& random, std::size_t k);
};

std::int8_t normal(std::mt19937& random, float deviation) {
  const float x = std::normal_distribution<float>(0, deviation)(random);
  return static_cast<std::int8_t>(std::min(127.0f, std::max(-128.0f, x)));
}

constexpr Kind kinds[] = {
    {"all 127", [](std::mt19937&, std::size_t) { return std::int8_t{127}; }},
    {"all -128", [](std::mt19937&, std::size_t) { return std::int8_t{-128}; }},
    {"127 and -128 in turn", [](std::mt19937&, std::size_t k) { return std::int8_t(k % 2 ? -128 : 127); }},
    {"pairs of 127 and -127",
     [](std::mt19937&, std::size_t k) { return std::int8_t(k / 2 % 2 ? -127 : 127); }},
    {"words of 127 and -128",
     [](std::mt19937&, std::size_t k) { return std::int8_t(k / 4 % 2 ? -128 : 127); }},
    {"around what fits",
     [](std::mt19937& r, std::size_t k) { return std::int8_t((r() % 3 + 31) * (k % 3 ? 1 : -1)); }},
    {"uniform", [](std::mt19937& r, std::size_t) { return static_cast<std::int8_t>(r()); }},
    {"normal", [](std::mt19937& r, std::size_t) { return normal(r, 42); }},
    {"narrow", [](std::mt19937& r, std::size_t) { return normal(r, 12); }},
    {"some large ones",
     [](std::mt19937& r, std::size_t) {
       return std::int8_t(r() % 9 ? 0 : r() % 2 ? 127 : -128);
     }},
};

struct Sizes {
  std::size_t rows, outputs, inputs;
};
constexpr Sizes sizes[] = {{1, 1, 1},     {9, 4, 4},     {17, 5, 7},   {8, 3, 12},    {16, 17, 250},
                           {33, 2, 1020}, {5, 9, 1024},  {7, 4, 1025}, {16, 6, 1029}, {2, 4, 2044},
                           {3, 5, 2048},  {20, 7, 2052}, {6, 4, 3077}};

std::vector<std::int8_t> weights(const Kind& kind, std::size_t outputs, std::size_t inputs) {
  std::mt19937 random(5);
  std::vector<std::int8_t> w(outputs * inputs);
  for (std::size_t at = 0; at < w.size(); ++at) w[at] = kind.weight(random, at % inputs);
  return w;
}

QPairWeights packed(const std::vector<std::int8_t>& w, const Sizes& s) {
  return pack_qpairs({w.data(), s.outputs, s.inputs, 1, s.inputs, 1});
}

/// Reads a panel as its contract says: adds up what it has of each weight, and holds every two words that are
/// summed against what a lane takes.
class PanelReader {
 public:
  PanelReader(const QPairWeights& weights, std::size_t panel)
      : at_(weights.words.data() + weights.first[panel] * PairChunk::group),
        end_(weights.words.data() + weights.first[panel + 1] * PairChunk::group),
        sums(pair_rows, std::vector<int>(4 * weights.depth)) {}

  void read() {
    while (at_ < end_) {
      const auto& chunk = *reinterpret_cast<const PairChunk*>(at_);
      const std::uint32_t* from = at_ + PairChunk::head_groups * PairChunk::group;
      const auto part = [&](std::size_t groups) {
        const std::uint32_t* const begin = from;
        from += groups * PairChunk::group;
        return reinterpret_cast<const std::int8_t*>(begin);
      };
      const std::int8_t* const values = part(chunk.value_groups());
      const std::int8_t* const indices = part(chunk.index_groups());
      const std::int8_t* const rest = part(chunk.rest_value_groups());
      const std::int8_t* const rest_indices = part(chunk.rest_index_groups());
      for (std::size_t b = 0; b < chunk.pairs; ++b)
        for (std::size_t i = 0; i < pair_rows; ++i)
          take(chunk, i, values + 8 * (b * pair_rows + i), indices + 2 * b);
      for (std::size_t b = 0; b < chunk.rest; ++b)
        for (std::size_t i = 0; i < pair_rows; ++i)
          take(chunk, i, rest + 8 * (b * pair_rows + i), rest_indices + 2 * (b * pair_rows + i));
      at_ += chunk.groups * PairChunk::group;
      ASSERT_EQ(from, at_);
    }
  }

 private:
  void take(const PairChunk& chunk, std::size_t row, const std::int8_t* two, const std::int8_t* indices) {
    for (std::size_t lane = 0; lane < 2; ++lane) {
      int positive = 0, negative = 0;
      for (const std::size_t e : {2 * lane, 2 * lane + 1, 2 * lane + 4, 2 * lane + 5})
        (two[e] < 0 ? negative : positive) += two[e];
      EXPECT_LE(positive, 128);
      EXPECT_GE(negative, -128);
    }
    for (std::size_t e = 0; e < 8; ++e) {
      const std::size_t word = chunk.first + static_cast<std::uint8_t>(indices[e / 4]);
      sums[row].at(4 * word + e % 4) += two[e];
    }
  }

  const std::uint32_t *at_, *const end_;

 public:
  std::vector<std::vector<int>> sums;
};

TEST(QPairs, NoTwoWordsSaturateAndAllTogetherAreTheWeights) {
  for (const Kind& kind : kinds) {
    for (const Sizes& s : sizes) {
      SCOPED_TRACE(std::string(kind.name) + ", " + std::to_string(s.outputs) + " x " +
                   std::to_string(s.inputs));
      const std::vector<std::int8_t> w = weights(kind, s.outputs, s.inputs);
      const QPairWeights pairs = packed(w, s);
      for (std::size_t i = 0; i < s.outputs; ++i) {
        if (i % pair_rows > 0) continue;
        PanelReader panel(pairs, i / pair_rows);
        panel.read();
        for (std::size_t row = 0; row < pair_rows; ++row) {
          int sum = 0;
          for (std::size_t k = 0; k < 4 * pairs.depth; ++k) {
            const bool inside = i + row < s.outputs && k < s.inputs;
            ASSERT_EQ(panel.sums[row][k], inside ? w[(i + row) * s.inputs + k] : 0) << i + row << " " << k;
            sum += panel.sums[row][k];
          }
          if (i + row < s.outputs) {
            ASSERT_EQ(pairs.sums[i + row], sum);
          }
        }
      }
    }
  }
}

TEST(QPairs, FewWeightsHaveARest) {
  const Sizes s{1, 64, 2304};
  const QPairWeights pairs = packed(weights(kinds[7], s.outputs, s.inputs), s);
  EXPECT_LT(pairs.bytes(), s.outputs * s.inputs * 5 / 4);
}

TEST(QPairs, LinearFormIsExact) {
  const QPairKernels* const kernels = qpair_kernels();
  if (!kernels) GTEST_SKIP() << "no kernels for pairs of words";
  for (const Kind& kind : kinds) {
    for (const Sizes& s : sizes) {
      SCOPED_TRACE(std::string(kind.name) + ", " + std::to_string(s.rows) + " x " +
                   std::to_string(s.outputs) + " x " + std::to_string(s.inputs));
      const std::vector<std::int8_t> w = weights(kind, s.outputs, s.inputs);
      const QPairWeights pairs = packed(w, s);
      for (const bool full : {true, false}) {
        std::vector<std::uint8_t> x(s.rows * s.inputs, 255);
        if (!full) x = bytes<std::uint8_t>(x.size(), 3);
        with_pools([&](const Work& work) {
          std::vector<std::int32_t> y(s.rows * s.outputs + 1, 77);
          const QPairLinear layer{s.rows, s.inputs, x.data(), &pairs, Output::s32, y.data(), {}, {}, {}};
          const Aligned<std::byte> space(qpair_linear_workspace(layer, work.pool.size(), *kernels));
          qpair_linear(&work, layer, space.get(), *kernels);
          ASSERT_EQ(y.back(), 77);
          for (std::size_t at = 0; at + 1 < y.size(); ++at) {
            const std::size_t row = at / s.outputs, output = at % s.outputs;
            std::int64_t sum = 0;
            for (std::size_t k = 0; k < s.inputs; ++k)
              sum += std::int64_t{x[row * s.inputs + k]} * w[output * s.inputs + k];
            ASSERT_EQ(y[at], sum) << row << " " << output;
          }
        });
      }
    }
  }
}

}  // namespace
