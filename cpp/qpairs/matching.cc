#include "matching.h"

#include <algorithm>
#include <numeric>

namespace {

/// What a word brings to the sixteen sums of a panel's rows, lanes and signs, a byte each: half of it,
/// rounded up, and at most 64, so that two of them and 63 set the highest bit where they are too much
/// together.
struct Load {
  std::uint64_t low, high;
  std::uint32_t weight;
};

constexpr std::uint64_t bytes_of(std::uint64_t byte) { return byte * 0x0101010101010101u; }

Load load_of(const PairColumn& column) {
  std::uint64_t sums[2] = {0, 0};
  Load load{0, 0, 0};
  for (std::size_t at = 0; at < 4 * pair_rows; ++at) {
    const PairWord& word = column[at / 4];
    const int sign = at % 2 == 0 ? 1 : -1;
    const int a = std::max(0, sign * word[at / 2 % 2 * 2]), b = std::max(0, sign * word[at / 2 % 2 * 2 + 1]);
    const auto half = static_cast<std::uint32_t>(std::min((a + b + 1) / 2, 64));
    sums[at / 8] |= static_cast<std::uint64_t>(half) << (at % 8 * 8);
    load.weight += half * half;
  }
  load.low = sums[0], load.high = sums[1];
  return load;
}

/// Of the sixteen sums of two words, how many are too much.
std::uint64_t excesses(const Load& a, const Load& b) {
  constexpr std::uint64_t high_bits = bytes_of(0x80);
  const std::uint64_t low = (a.low + b.low + bytes_of(63)) & high_bits;
  const std::uint64_t high = (a.high + b.high + bytes_of(63)) & high_bits;
  return ((low >> 7) + (high >> 7)) * bytes_of(1) >> 56;
}

}  // namespace

std::vector<WordPair> matched(const std::vector<PairColumn>& words) {
  std::vector<Load> loads;
  for (const PairColumn& column : words) loads.push_back(load_of(column));
  std::vector<std::uint8_t> order(words.size());
  std::iota(order.begin(), order.end(), std::uint8_t{0});
  std::sort(order.begin(), order.end(), [&](std::uint8_t a, std::uint8_t b) {
    return loads[a].weight != loads[b].weight ? loads[a].weight > loads[b].weight : a < b;
  });
  std::vector<WordPair> pairs;
  while (order.size() > 1) {
    const std::uint8_t heaviest = order.front();
    std::size_t best = 1;
    std::uint64_t fewest = 17;
    for (std::size_t i = 1; i < order.size() && fewest > 0; ++i) {
      const std::uint64_t found = excesses(loads[heaviest], loads[order[i]]);
      if (found < fewest) best = i, fewest = found;
    }
    const std::uint8_t other = order[best];
    pairs.push_back({std::min(heaviest, other), std::max(heaviest, other)});
    order.erase(order.begin() + static_cast<std::ptrdiff_t>(best));
    order.erase(order.begin());
  }
  // Pixels are read about in their order.
  std::sort(pairs.begin(), pairs.end(),
            [](const WordPair& a, const WordPair& b) { return a.first < b.first; });
  if (!order.empty()) pairs.push_back({order.front(), order.front()});
  return pairs;
}
