#include "sparsity/sparsity.h"

#include <algorithm>
#include <array>
#include <limits>
#include <numeric>
#include <random>
#include <set>

#include "sparsity/filledBlocks.h"
#include "sparsity/largest.h"
#include "support.h"

namespace {

using Mask = std::vector<std::uint8_t>;

constexpr auto block = Sparsity::Kind::block, n_of_m = Sparsity::Kind::n_of_m;

/// The `kept` largest by a stable sort.
template <class T>
Mask largest(const std::vector<T>& values, std::size_t kept) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return values[a] > values[b]; });
  Mask stays(values.size());
  for (std::size_t i = 0; i < kept; ++i) stays[order[i]] = 1;
  return stays;
}

Mask twin(const std::vector<float>& scores, std::size_t rows, std::size_t columns, const Sparsity& p) {
  Mask mask(scores.size());
  if (p.kind == n_of_m) {
    for (std::size_t first = 0; first < scores.size(); first += p.columns) {
      const Mask own =
          largest(std::vector<float>(scores.begin() + static_cast<std::ptrdiff_t>(first),
                                     scores.begin() + static_cast<std::ptrdiff_t>(first + p.columns)),
                  p.kept);
      std::copy(own.begin(), own.end(), mask.begin() + static_cast<std::ptrdiff_t>(first));
    }
    return mask;
  }
  const std::size_t down = (rows + p.rows - 1) / p.rows, across = (columns + p.columns - 1) / p.columns;
  std::vector<double> sums(down * across);
  for (std::size_t i = 0; i < scores.size(); ++i) {
    sums[i / columns / p.rows * across + i % columns / p.columns] += static_cast<double>(scores[i]);
  }
  const auto zeros = static_cast<std::size_t>(p.ratio * static_cast<double>(sums.size()) + 1e-6);
  const Mask stays = largest(sums, sums.size() - zeros);
  for (std::size_t i = 0; i < scores.size(); ++i) {
    mask[i] = stays[i / columns / p.rows * across + i % columns / p.columns];
  }
  return mask;
}

Mask selected(const Work& work, const std::vector<float>& scores, std::size_t rows, std::size_t columns,
              const Sparsity& pattern) {
  Mask mask(scores.size(), 7);
  EXPECT_TRUE(select_mask(work, scores.data(), rows, columns, pattern, mask.data()));
  return mask;
}

/// Few different values, so that most are equal to others.
std::vector<float> steps(std::size_t n) {
  std::vector<float> x = values(n, 3);
  for (float& v : x) v = std::round(v) / 2;
  return x;
}

TEST(SelectMask, EqualsAStableSortOnAnyNumberOfThreads) {
  const Sparsity patterns[] = {
      {block, 1, 1, 0.5, 0}, {block, 1, 1, 0.29, 0}, {block, 1, 1, 0, 0},   {block, 1, 1, 1, 0},
      {block, 4, 1, 0.5, 0}, {block, 8, 4, 0.8, 0},  {block, 3, 7, 0.3, 0}, {block, 100, 100, 0.5, 0},
      {n_of_m, 1, 4, 0, 2},  {n_of_m, 1, 4, 0, 1},   {n_of_m, 1, 4, 0, 4},  {n_of_m, 1, 12, 0, 5},
      {n_of_m, 1, 1, 0, 1},
  };
  for (const Sparsity& pattern : patterns) {
    for (const auto& [rows, columns] :
         std::vector<std::pair<std::size_t, std::size_t>>{{0, 12}, {1, 12}, {10, 24}, {33, 60}, {113, 600}}) {
      SCOPED_TRACE(std::to_string(rows) + " x " + std::to_string(columns) + ", " +
                   std::to_string(pattern.rows) + " x " + std::to_string(pattern.columns) + ", " +
                   std::to_string(pattern.ratio));
      for (const std::vector<float>& scores : {values(rows * columns, 1), steps(rows * columns)}) {
        const Mask want = twin(scores, rows, columns, pattern);
        with_pools(
            [&](const Work& work) { ASSERT_EQ(selected(work, scores, rows, columns, pattern), want); });
      }
    }
  }
}

TEST(SelectMask, TakesAWholeNumberThatRoundingMissesAsWhole) {
  with_pools([&](const Work& work) {
    for (std::size_t zeros = 0; zeros <= 100; ++zeros) {
      const Mask mask =
          selected(work, values(100, 2), 10, 10, {block, 1, 1, static_cast<double>(zeros) / 100, 0});
      EXPECT_EQ(static_cast<std::size_t>(std::count(mask.begin(), mask.end(), 0)), zeros);
    }
  });
}

TEST(SelectMask, KeepsTheEarlierOfEqualScores) {
  with_pools([&](const Work& work) {
    const std::vector<float> scores = {1, 0.0f, -0.0f, 0, -0.0f, 1, -0.0f, 0.0f};
    EXPECT_EQ(selected(work, scores, 2, 4, {block, 1, 1, 0.5, 0}), (Mask{1, 1, 1, 0, 0, 1, 0, 0}));
    EXPECT_EQ(selected(work, scores, 2, 4, {n_of_m, 1, 4, 0, 2}), (Mask{1, 1, 0, 0, 1, 1, 0, 0}));
    EXPECT_EQ(selected(work, scores, 2, 4, {block, 1, 2, 0.5, 0}), (Mask{1, 1, 0, 0, 1, 1, 0, 0}));
  });
}

TEST(SelectMask, OrdersInfinitiesAndDenormals) {
  with_pools([&](const Work& work) {
    const std::vector<float> scores = {-1, infinity, 1e-45f, -infinity, 3.4e38f, -1e-45f, 0, 2};
    EXPECT_EQ(selected(work, scores, 1, 8, {block, 1, 1, 0.375, 0}), (Mask{0, 1, 1, 0, 1, 0, 1, 1}));
    EXPECT_EQ(selected(work, scores, 1, 8, {n_of_m, 1, 8, 0, 4}), (Mask{0, 1, 1, 0, 1, 0, 0, 1}));
  });
}

TEST(SelectMask, RefusesWhatHasNoOrder) {
  with_pools([&](const Work& work) {
    std::vector<float> scores = values(96, 4);
    Mask mask(96);
    scores[50] = infinity;
    scores[51] = -infinity;
    EXPECT_TRUE(select_mask(work, scores.data(), 8, 12, {block, 1, 1, 0.5, 0}, mask.data()));
    EXPECT_FALSE(select_mask(work, scores.data(), 8, 12, {block, 1, 4, 0.5, 0}, mask.data()));
    scores[90] = not_a_number;
    for (const Sparsity& pattern :
         {Sparsity{block, 1, 1, 0.5, 0}, {block, 2, 2, 0.5, 0}, {n_of_m, 1, 4, 0, 2}}) {
      EXPECT_FALSE(select_mask(work, scores.data(), 8, 12, pattern, mask.data()));
    }
  });
}

/// Doubles that differ in their last bits alone, over more than one chunk.
TEST(KeepLargest, LooksAtTheLastBit) {
  std::vector<double> x(chunk_size + 1000);
  std::mt19937 random(1);
  for (double& v : x) v = 1 + static_cast<double>(random() % 1024) * 0x1p-52;
  with_pools([&](const Work& work) {
    for (std::size_t kept : {std::size_t{1}, x.size() / 3, x.size() - 1}) {
      Mask stays(x.size());
      keep_largest(work, x.data(), x.size(), kept, stays.data());
      ASSERT_EQ(stays, largest(x, kept));
    }
  });
}

}  // namespace

TEST(FilledBlocks, CountsBlocksOneByOne) {
  std::mt19937 random(5);
  for (const BlockGrid& grid :
       {BlockGrid{7, 10, 1, 4, 1}, BlockGrid{16, 9, 9, 8, 4}, BlockGrid{5, 3, 2, 1, 1},
        BlockGrid{33, 17, 3, 32, 4}, BlockGrid{2, 2, 1, 4, 4}}) {
    const std::size_t width = grid.inputs * grid.taps;
    std::vector<float> floats(grid.outputs * width);
    std::vector<unsigned char> bytes(floats.size());
    std::set<std::array<std::size_t, 3>> filled;
    for (std::size_t i = 0; i < floats.size(); ++i) {
      if (random() % 8 != 0) {
        floats[i] = random() % 2 == 0 ? 0.0F : -0.0F;
        continue;
      }
      floats[i] = random() % 3 == 0 ? std::numeric_limits<float>::quiet_NaN() : -1.5F;
      bytes[i] = static_cast<unsigned char>(1 + random() % 255);
      filled.insert({i / width / grid.rows, i % width / grid.taps / grid.columns, i % grid.taps});
    }
    EXPECT_EQ(filled_blocks(floats.data(), grid), filled.size());
    EXPECT_EQ(filled_blocks(bytes.data(), grid), filled.size());
    EXPECT_LE(filled.size(), grid.count());
  }
}
