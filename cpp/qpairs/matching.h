#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "qpairs.h"

/// Four weights of a row that meet four neighboring inputs. A lane of 16 bits has two of them.
using PairWord = std::array<std::int16_t, 4>;
/// A word of each row of a panel.
using PairColumn = std::array<PairWord, pair_rows>;

/// The most that the weights of one sign in a lane may sum up to.
inline constexpr int most_load = 128;

struct WordPair {
  std::uint8_t first, second;
  /// Bit i: in row i the two may be too much together.
  std::uint8_t crowded;
};

/// All of 2 to 256 words in pairs, an odd one with itself at the end, so that few lanes have too much: the
/// heaviest first, each with that among the others which goes along with it best.
std::vector<WordPair> matched(const std::vector<PairColumn>& words);
