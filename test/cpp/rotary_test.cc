#include "attention/rotaryEmbedding.h"

#include "support.h"

namespace {

constexpr std::size_t rows = 9;

struct Case {
  std::size_t sequences, tokens, heads, depth, pairs;
  bool interleaved, heads_first;
  std::vector<std::int64_t> positions;

  RotaryEmbedding embedding(const std::vector<float>& x, std::vector<float>& y,
                            const std::vector<float>& cosines, const std::vector<float>& sines) const {
    const std::size_t sequence = tokens * heads * depth;
    return {sequences,
            tokens,
            heads,
            depth,
            sequence,
            heads_first ? depth : heads * depth,
            heads_first ? tokens * depth : depth,
            rows,
            {pairs, interleaved, cosines.data(), sines.data()},
            x.data(),
            y.data(),
            positions.empty() ? nullptr : positions.data(),
            positions.size() == 1};
  }
};

const Case all_cases[] = {{1, 1, 1, 2, 1, false, false, {0}},
                          {2, 3, 4, 10, 5, false, false, {8, 0, 3, 3, 7, 1}},
                          {2, 3, 4, 10, 3, true, true, {8, 0, 3, 3, 7, 1}},
                          {3, 2, 1, 33, 16, false, true, {7}},
                          {3, 3, 2, 7, 0, false, false, {}}};

/// Each of both terms is rounded, and their sum.
void expect_turned(const Case& c, const RotaryEmbedding& e, const float* x, const float* y, std::size_t row) {
  for (std::size_t i = 0; i < c.depth; ++i) {
    if (i >= 2 * c.pairs) {
      EXPECT_EQ(y[i], x[i]);
      continue;
    }
    const std::size_t pair = c.interleaved ? i / 2 : i % c.pairs;
    const bool is_first = c.interleaved ? i % 2 == 0 : i < c.pairs;
    const std::size_t apart = c.interleaved ? 1 : c.pairs;
    const double cosine = e.rotation.cosines[row * c.pairs + pair],
                 sine = e.rotation.sines[row * c.pairs + pair];
    const double own = x[i] * cosine, other = (is_first ? -x[i + apart] : x[i - apart]) * sine;
    EXPECT_NEAR(y[i], own + other, 2 * 0x1p-24 * (std::fabs(own) + std::fabs(other)) + 1e-44);
  }
}

TEST(RotaryEmbedding, TurnsPairsByTheirPositions) {
  for (const Case& c : all_cases) {
    const std::size_t tokens = c.sequences * c.tokens, size = tokens * c.heads * c.depth;
    const std::vector<float> x = values(size, 1), cosines = values(rows * c.pairs, 2),
                             sines = values(rows * c.pairs, 3);
    with_pools([&](const Work& work) {
      std::vector<float> y(size, not_a_number);
      const RotaryEmbedding e = c.embedding(x, y, cosines, sines);
      ASSERT_TRUE(rotary_embedding(work, e));
      for (std::size_t token = 0; token < tokens; ++token) {
        const std::size_t in_sequence = token % c.tokens;
        const std::size_t row = c.positions.empty() ? token
                                : c.positions.size() == 1
                                    ? static_cast<std::size_t>(c.positions[0]) + in_sequence
                                    : static_cast<std::size_t>(c.positions[token]);
        for (std::size_t h = 0; h < c.heads; ++h) {
          const std::size_t at =
              token / c.tokens * e.sequence_step + in_sequence * e.token_step + h * e.head_step;
          expect_turned(c, e, x.data() + at, y.data() + at, row);
        }
      }
    });
  }
}

TEST(RotaryEmbedding, PositionsBeyondTheTablesAreRefused) {
  constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
  const std::vector<float> x(24, 1.0f), table(rows * 2, 0.5f);
  for (const std::vector<std::int64_t>& positions :
       {std::vector<std::int64_t>{0, 9, 0}, {0, 0, -1}, {most, 0, 0}, {7}, {-1}, {most}}) {
    const Case c{1, 3, 2, 4, 2, false, false, positions};
    with_pools([&](const Work& work) {
      std::vector<float> y(24, not_a_number);
      EXPECT_FALSE(rotary_embedding(work, c.embedding(x, y, table, table)));
      EXPECT_TRUE(std::isnan(y[0]));
    });
  }
}

}  // namespace
