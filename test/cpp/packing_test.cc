/// Packed weights, word by word, whichever way their elements lie in memory.
#include <cstring>

#include "blockgemm/blockgemm.h"
#include "dense.h"
#include "gemv/gemv.h"
#include "qblockgemm/qblockgemm.h"
#include "qgemm/qgemm.h"
#include "qgemv/qgemv.h"

namespace {

/// Sizes that no panel divides, and one that most do.
constexpr std::size_t sizes[][2] = {{1, 1}, {19, 31}, {50, 7}, {64, 40}};

/// Elements [row][input][tap], of which most are zero; a third of the rows have none.
template <class T>
std::vector<T> sparse(std::size_t rows, std::size_t inputs, std::size_t taps) {
  std::mt19937 random(static_cast<unsigned>(rows * inputs));
  std::vector<T> w(rows * inputs * taps);
  for (std::size_t at = 0; at < w.size(); ++at) {
    if (at / (inputs * taps) % 3 != 0 && random() % 8 == 0) w[at] = static_cast<T>(random() % 255) - T{127};
  }
  return w;
}

/// The same elements at data[row * outer + input * inner + tap].
template <class T>
struct Laid {
  std::vector<T> data;
  std::size_t outer, inner;

  Laid(const std::vector<T>& w, std::size_t inputs, std::size_t taps, std::size_t outer, std::size_t inner)
      : data(w.size() / (inputs * taps) * outer + inputs * inner + taps, T{1}), outer(outer), inner(inner) {
    for (std::size_t at = 0; at < w.size(); ++at)
      data[at / (inputs * taps) * outer + at / taps % inputs * inner + at % taps] = w[at];
  }
};

/// By rows, by columns, and by rows with gaps.
template <class T>
std::vector<Laid<T>> layouts(const std::vector<T>& w, std::size_t rows, std::size_t inputs,
                             std::size_t taps) {
  std::vector<Laid<T>> all{{w, inputs, taps, inputs * taps, taps},
                           {w, inputs, taps, inputs * (taps + 2) + 1, taps + 2}};
  if (taps == 1) all.push_back({w, inputs, 1, 1, rows});
  return all;
}

struct Blocks {
  std::vector<std::size_t> first{0};
  std::vector<std::uint32_t> indices;
};

/// Which blocks of rows by one inner index hold something, by asking each weight.
template <class IsZero>
Blocks filled(std::size_t rows, std::size_t depth, std::size_t block_rows, std::size_t group,
              IsZero is_zero) {
  Blocks found;
  for (std::size_t row = 0; row < rows; row += block_rows) {
    for (std::size_t k = 0; k < depth; ++k) {
      bool any = false;
      for (std::size_t i = row; i < std::min(row + block_rows, rows); ++i) any |= !is_zero(i, k);
      if (any) found.indices.push_back(static_cast<std::uint32_t>(k));
    }
    while (found.indices.size() % group != 0) found.indices.push_back(0);
    found.first.push_back(found.indices.size());
  }
  return found;
}

TEST(Packing, FloatBlocks) {
  for (const auto& [rows, depth] : sizes) {
    const std::vector<float> w = sparse<float>(rows, depth, 1);
    for (const std::size_t block_rows : {1, 4, 8, 16}) {
      const Blocks want = filled(rows, depth, block_rows, 1,
                                 [&, d = depth](std::size_t i, std::size_t k) { return w[i * d + k] == 0; });
      std::vector<float> values;
      for (std::size_t panel = 0; panel + 1 < want.first.size(); ++panel) {
        for (std::size_t b = want.first[panel]; b < want.first[panel + 1]; ++b) {
          for (std::size_t i = panel * block_rows; i < (panel + 1) * block_rows; ++i)
            values.push_back(i < rows ? w[i * depth + want.indices[b]] : 0);
        }
      }
      for (const Laid<float>& laid : layouts(w, rows, depth, 1)) {
        const BlockWeights made =
            pack_blocks({laid.data.data(), rows, depth, laid.outer, laid.inner}, block_rows);
        EXPECT_EQ(made.first, want.first);
        EXPECT_TRUE(std::ranges::equal(made.indices, want.indices));
        EXPECT_TRUE(std::ranges::equal(made.values, values));
      }
    }
  }
}

TEST(Packing, FloatBitmaps) {
  for (const auto& [rows, depth] : sizes) {
    const std::vector<float> w = sparse<float>(rows, depth, 1);
    std::vector<float> values;
    std::vector<std::uint16_t> masks;
    std::vector<std::size_t> first;
    for (std::size_t row = 0; row < rows; row += 16) {
      first.push_back(values.size());
      for (std::size_t k = 0; k < depth; ++k) {
        masks.push_back(0);
        for (std::size_t i = row; i < std::min(row + 16, rows); ++i) {
          if (w[i * depth + k] == 0) continue;
          masks.back() = static_cast<std::uint16_t>(masks.back() | 1u << (i - row));
          values.push_back(w[i * depth + k]);
        }
      }
    }
    values.insert(values.end(), 16, 0.0f);
    for (const Laid<float>& laid : layouts(w, rows, depth, 1)) {
      const BitmapWeights made = pack_bitmap({laid.data.data(), rows, depth, laid.outer, laid.inner});
      EXPECT_EQ(made.first, first);
      EXPECT_TRUE(std::ranges::equal(made.masks, masks));
      EXPECT_TRUE(std::ranges::equal(made.values, values));
    }
  }
}

/// Weights (row, inputs 4 g … 4 g + 3, tap) of the word k = g * taps + tap; 0 beyond the last.
struct Words {
  const std::vector<std::int8_t>& w;
  std::size_t rows, inputs, taps;

  std::size_t depth() const { return (inputs + 3) / 4 * taps; }
  std::array<std::int8_t, 4> at(std::size_t row, std::size_t k) const {
    std::array<std::int8_t, 4> word{};
    for (std::size_t e = 0; e < 4 && row < rows && k < depth(); ++e) {
      const std::size_t input = k / taps * 4 + e;
      if (input < inputs) word[e] = w[(row * inputs + input) * taps + k % taps];
    }
    return word;
  }
  std::vector<std::int32_t> sums() const {
    std::vector<std::int32_t> sums(rows);
    for (std::size_t at = 0; at < w.size(); ++at) sums[at / (inputs * taps)] += w[at];
    return sums;
  }
};

/// Puts a word at a place of so many words: as bytes, or as two pairs of halves.
void put(const std::array<std::int8_t, 4>& word, std::size_t words, std::uint32_t* to) {
  const std::int16_t halves[4] = {word[0], word[2], word[1], word[3]};
  std::memcpy(to, words == 1 ? static_cast<const void*>(word.data()) : halves, 4 * words);
}

/// Calls body(words, view) for all shapes and layouts.
template <class Body>
void for_each_integers(Body body) {
  for (const auto& [rows, inputs] : sizes) {
    for (const std::size_t taps : {1, 3, 9}) {
      const std::vector<std::int8_t> w = sparse<std::int8_t>(rows, inputs, taps);
      for (const Laid<std::int8_t>& laid : layouts(w, rows, inputs, taps)) {
        SCOPED_TRACE(std::to_string(rows) + " x " + std::to_string(inputs) + ", " + std::to_string(taps) +
                     " taps, steps " + std::to_string(laid.outer) + ", " + std::to_string(laid.inner));
        body(Words{w, rows, inputs, taps},
             WeightView{laid.data.data(), rows, inputs, taps, laid.outer, laid.inner});
      }
    }
  }
}

TEST(Packing, IntegerBlocks) {
  for_each_integers([](const Words& w, const WeightView& view) {
    for (const std::size_t block_rows : {4, 8, 16, 32}) {
      const std::size_t group = block_rows == 32 ? 16 : 1;
      const Blocks want = filled(w.rows, w.depth(), block_rows, group, [&](std::size_t i, std::size_t k) {
        return w.at(i, k) == std::array<std::int8_t, 4>{};
      });
      std::vector<std::uint32_t> values(want.indices.size() * block_rows + 16);
      for (std::size_t panel = 0; panel + 1 < want.first.size(); ++panel) {
        std::uint32_t* const to = values.data() + want.first[panel] * block_rows;
        const std::uint32_t* const indices = want.indices.data() + want.first[panel];
        const std::size_t blocks = want.first[panel + 1] - want.first[panel];
        for (std::size_t b = 0; b < blocks; ++b) {
          const bool is_filler = b > 0 && indices[b] <= indices[b - 1];
          for (std::size_t i = 0; i < block_rows && !is_filler; ++i) {
            const std::size_t place =
                group == 1 ? b * block_rows + i : b / 16 * 512 + i / 16 * 256 + i % 16 * 16 + b % 16;
            put(w.at(panel * block_rows + i, indices[b]), 1, to + place);
          }
        }
      }
      const QBlockWeights made = pack_qblocks(view, block_rows, {{block_rows, 1, 1}, nullptr});
      EXPECT_EQ(made.first, want.first);
      EXPECT_EQ(made.sums, w.sums());
      EXPECT_TRUE(std::ranges::equal(made.indices, want.indices));
      EXPECT_TRUE(std::ranges::equal(made.values, values));
    }
  });
}

/// A panel's weights, from pairs of blocks of which each row's two words lie together: their sums for each
/// inner index, and the most that a half of a word adds up to on one side of zero.
struct Unpaired {
  std::vector<int> sums;  // [rows][depth][4]
  int most = 0;

  Unpaired(const QBlockWeights& made, std::size_t panel) : sums(made.block_rows * made.depth * 4) {
    for (std::size_t at = made.first[panel]; at < made.first[panel + 1]; at += 2) {
      for (std::size_t i = 0; i < made.block_rows; ++i) {
        std::array<std::int8_t, 8> pair;
        std::memcpy(pair.data(), made.values.data() + at * made.block_rows + 2 * i, 8);
        std::array<int, 4> loads{};
        for (std::size_t e = 0; e < 8; ++e) {
          loads[e / 2 % 2 * 2 + (pair[e] < 0)] += std::abs(int{pair[e]});
          sums[(i * made.depth + made.indices[at + e / 4]) * 4 + e % 4] += pair[e];
        }
        most = std::max(most, *std::ranges::max_element(loads));
      }
    }
  }
};

TEST(Packing, IntegerBlocksInPairs) {
  for_each_integers([](const Words& w, const WeightView& view) {
    for (const std::size_t block_rows : {4, 8}) {
      QBlockKernel kernel{{block_rows, 1, 1}, nullptr};
      const std::size_t blocks = pack_qblocks(view, block_rows, kernel).blocks();
      kernel.in_pairs = true;
      const QBlockWeights made = pack_qblocks(view, block_rows, kernel);
      EXPECT_EQ(made.sums, w.sums());
      EXPECT_EQ(made.blocks(), blocks);
      EXPECT_EQ(made.values.size(), made.indices.size() * block_rows + QBlockWeights::slack);
      for (std::size_t panel = 0; panel + 1 < made.first.size(); ++panel) {
        ASSERT_EQ(made.first[panel + 1] % 2, 0u);
        const Unpaired found(made, panel);
        EXPECT_LE(found.most, 128);
        for (std::size_t at = 0; at < found.sums.size(); ++at) {
          const std::size_t row = at / 4 / w.depth(), k = at / 4 % w.depth();
          ASSERT_EQ(found.sums[at], w.at(panel * block_rows + row, k)[at % 4]);
        }
      }
    }
  });
}

class IntegerPanels : public testing::TestWithParam<QGemmKernels> {};

TEST_P(IntegerPanels, OfBothSides) {
  const TileSize& size = GetParam().size;
  for_each_integers([&](const Words& w, const WeightView& view) {
    for (const Side side : {Side::left, Side::right}) {
      const bool is_left = side == Side::left;
      const std::size_t width = is_left ? size.rows : size.columns, words = is_left ? size.left_words : 1,
                        group = is_left ? size.depth_step : 1,
                        depth = (w.depth() + size.depth_step - 1) / size.depth_step * size.depth_step;
      const std::size_t total = qgemm_packed_size(side, w.rows, w.depth(), GetParam());
      std::vector<std::uint32_t> want(total), made(total, 7u);
      for (std::size_t row = 0; row < (w.rows + width - 1) / width * width; ++row) {
        for (std::size_t k = 0; k < depth; ++k) {
          const std::size_t place = (k / group * width + row % width) * group + k % group;
          put(w.at(row, k), words, want.data() + (row / width * width * depth + place) * words);
        }
      }
      std::vector<std::int32_t> sums(w.rows, 9);
      qgemm_pack(side, view, made.data(), sums.data(), GetParam());
      EXPECT_EQ(made, want);
      EXPECT_EQ(sums, w.sums());
      std::fill(made.begin(), made.end(), 7u);
      qgemm_pack(side, view, made.data(), nullptr, GetParam());
      EXPECT_EQ(made, want);
    }
  });
}

/// Of instruction sets that this machine lacks, too: packing needs none.
INSTANTIATE_TEST_SUITE_P(Variants, IntegerPanels, testing::ValuesIn(qgemm_variants()),
                         [](const auto& row) { return std::string(cpu::name(row.param.isa)); });

}  // namespace
