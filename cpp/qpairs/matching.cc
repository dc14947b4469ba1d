#include "matching.h"

#include <algorithm>
#include <cstring>

namespace {

/// What a word brings to the eight positive sums of a panel, two lanes of four rows, and to the negative
/// ones, a byte each: half of it, rounded up, and at most 64, so that two of them and 63 set the highest bit
/// where they are too much together.
struct Load {
  std::uint64_t positive, negative;
  std::uint32_t weight;
  std::uint8_t index;
  /// Bit i: in row i the word is too much alone.
  std::uint8_t alone;
};

constexpr std::size_t lanes = 2 * pair_rows;

constexpr std::uint64_t bytes_of(std::uint64_t byte) { return byte * 0x0101010101010101u; }

/// Sums of neighbors, neither of which is negative. In steps that compilers make vectors of, as below.
void add_neighbors(const std::array<std::int16_t, 2 * lanes>& values, std::int32_t* sums) {
  std::uint32_t both[lanes];
  std::memcpy(both, values.data(), sizeof(both));
  for (std::size_t i = 0; i < lanes; ++i)
    sums[i] = static_cast<std::int32_t>((both[i] & 0xffffu) + (both[i] >> 16));
}

std::uint64_t joined(const std::int16_t* halves) {
  std::uint8_t bytes[lanes];
  for (std::size_t i = 0; i < lanes; ++i) bytes[i] = static_cast<std::uint8_t>(halves[i]);
  std::uint64_t all;
  std::memcpy(&all, bytes, sizeof(all));
  return all;
}

Load load_of(const PairColumn& column, std::size_t index) {
  std::array<std::int16_t, 2 * lanes> values, above, below;
  std::memcpy(values.data(), column.data(), sizeof(values));
  for (std::size_t i = 0; i < 2 * lanes; ++i) {
    above[i] = std::max<std::int16_t>(values[i], 0);
    below[i] = static_cast<std::int16_t>(above[i] - values[i]);
  }
  std::int32_t sums[2 * lanes];
  add_neighbors(above, sums);
  add_neighbors(below, sums + lanes);
  std::int16_t halves[2 * lanes];
  std::int32_t weight = 0, largest = 0;
  for (std::size_t i = 0; i < 2 * lanes; ++i) {
    halves[i] = static_cast<std::int16_t>(std::min((sums[i] + 1) / 2, 64));
    weight += halves[i] * halves[i];
    largest = std::max(largest, sums[i]);
  }
  unsigned alone = 0;
  for (std::size_t i = 0; largest > most_load && i < 2 * lanes; ++i)
    alone |= static_cast<unsigned>(sums[i] > most_load) << i % lanes / 2;
  return {joined(halves), joined(halves + lanes), static_cast<std::uint32_t>(weight),
          static_cast<std::uint8_t>(index), static_cast<std::uint8_t>(alone)};
}

constexpr std::uint8_t all_rows = (1 << pair_rows) - 1;

constexpr std::uint64_t high_bits = bytes_of(0x80);

/// A load that others are added to: with 63 in each byte beforehand.
Load raised(const Load& load) {
  return {load.positive + bytes_of(63), load.negative + bytes_of(63), load.weight, load.index, load.alone};
}

bool fit(const Load& raised, const Load& other) {
  return (((raised.positive + other.positive) | (raised.negative + other.negative)) & high_bits) == 0;
}

/// Of the sixteen sums of two words, how many are too much.
std::uint64_t excesses(const Load& raised, const Load& other) {
  const std::uint64_t positive = (raised.positive + other.positive) & high_bits;
  const std::uint64_t negative = (raised.negative + other.negative) & high_bits;
  return ((positive >> 7) + (negative >> 7)) * bytes_of(1) >> 56;
}

/// Bit i: whether in row i any of the four sums may be too much.
std::uint8_t crowded_rows(const Load& a, const Load& b) {
  const Load load = raised(a);
  const std::uint64_t sums = ((load.positive + b.positive) | (load.negative + b.negative)) & high_bits;
  unsigned rows = a.alone | b.alone;
  for (unsigned row = 0; row < pair_rows; ++row)
    rows |= static_cast<unsigned>((sums >> 16 * row & 0xffffu) != 0) << row;
  return static_cast<std::uint8_t>(rows);
}

/// Words that are tried, of those that nearly weigh as much: the first that fits, and where none does the
/// least bad of the first few. More would find a little more, and packing is waited for.
constexpr std::size_t most_tried = 64, most_compared = 16;

/// How far before the last of these stands what goes best along with it.
std::size_t best_before_last(const std::vector<Load>& loads) {
  const Load* const last = loads.data() + loads.size() - 1;
  const Load load = raised(*last);
  const std::size_t others = loads.size() - 1;
  for (std::size_t i = 1; i <= std::min(others, most_tried); ++i) {
    if (fit(load, *(last - i))) return i;
  }
  std::size_t best = 1;
  std::uint64_t fewest = excesses(load, *(last - 1));
  for (std::size_t i = 2; i <= std::min(others, most_compared); ++i) {
    const std::uint64_t found = excesses(load, *(last - i));
    if (found < fewest) best = i, fewest = found;
  }
  return best;
}

}  // namespace

std::vector<WordPair> matched(const std::vector<PairColumn>& words) {
  std::vector<Load> loads;
  loads.reserve(words.size());
  for (const PairColumn& column : words) loads.push_back(load_of(column, loads.size()));
  std::sort(loads.begin(), loads.end(), [](const Load& a, const Load& b) {
    return a.weight != b.weight ? a.weight < b.weight : a.index > b.index;
  });
  std::vector<WordPair> pairs;
  pairs.reserve(words.size() / 2 + 1);
  while (loads.size() > 1) {
    const auto best = loads.end() - 1 - static_cast<std::ptrdiff_t>(best_before_last(loads));
    const auto [first, second] = std::minmax(loads.back().index, best->index);
    pairs.push_back({first, second, crowded_rows(loads.back(), *best)});
    loads.erase(best);
    loads.pop_back();
  }
  // Pixels are read about in their order.
  std::sort(pairs.begin(), pairs.end(),
            [](const WordPair& a, const WordPair& b) { return a.first < b.first; });
  if (!loads.empty()) pairs.push_back({loads.front().index, loads.front().index, all_rows});
  return pairs;
}
