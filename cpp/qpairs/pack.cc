#include <algorithm>
#include <cstring>

#include "../roundUp.h"
#include "matching.h"

namespace {

/// A word of the rest, and where its pixels are.
struct RestWord {
  PairWord word;
  std::uint8_t index;
};

/// Sums of one sign of the two weights in a lane.
int sum_of(const PairWord& word, int lane, int sign) {
  return std::max(0, sign * word[2 * lane]) + std::max(0, sign * word[2 * lane + 1]);
}

/// What two words have too much of, by lane and sign.
struct Excess {
  int by[2][2];

  Excess(const PairWord& a, const PairWord& b) {
    for (int lane = 0; lane < 2; ++lane) {
      for (int s = 0; s < 2; ++s)
        by[lane][s] = std::max(0, sum_of(a, lane, 1 - 2 * s) + sum_of(b, lane, 1 - 2 * s) - most_load);
    }
  }
  bool is_none() const { return (by[0][0] | by[0][1] | by[1][0] | by[1][1]) == 0; }
  bool fits(const PairWord& word) const {
    bool fits = true;
    for (int lane = 0; lane < 2; ++lane) {
      for (int s = 0; s < 2; ++s)
        fits = fits && by[lane][s] <= std::min(most_load, sum_of(word, lane, 1 - 2 * s));
    }
    return fits;
  }
};

/// Takes from a word as much of an excess as it has, and as a word of the rest may have.
PairWord taken(const Excess& excess, PairWord& word) {
  PairWord out{};
  for (int e = 0; e < 4; ++e) {
    const int sign = word[e] < 0 ? -1 : 1, before = e % 2 == 0 ? 0 : sum_of(out, e / 2, sign);
    const int wanted = std::min(excess.by[e / 2][sign < 0], most_load) - before;
    const int amount = std::clamp(sign * word[e], 0, std::max(0, wanted));
    out[e] = static_cast<std::int16_t>(sign * amount);
    word[e] = static_cast<std::int16_t>(word[e] - sign * amount);
  }
  return out;
}

/// Makes a pair one that cannot saturate, and appends what it had too much of. The word paired with itself
/// at the end of an odd chunk has no other.
void split(PairWord& a, PairWord& b, const WordPair& pair, std::vector<RestWord>& rest) {
  for (Excess excess(a, b); !excess.is_none(); excess = Excess(a, b)) {
    const bool first = excess.fits(a) || !excess.fits(b);
    const PairWord out = taken(excess, first ? a : b);
    if (out != PairWord{}) {
      rest.push_back({out, first ? pair.first : pair.second});
      continue;
    }
    rest.push_back({taken(excess, first ? b : a), first ? pair.second : pair.first});
  }
}

/// Pairs words of the rest, each with the first that it goes along with; alone they stand beside nothing.
std::vector<RestWord> paired(std::vector<RestWord> words) {
  std::vector<RestWord> pairs;
  while (!words.empty()) {
    const RestWord one = words.front();
    words.erase(words.begin());
    pairs.push_back(one);
    const auto other = std::find_if(words.begin(), words.end(), [&](const RestWord& each) {
      return Excess(one.word, each.word).is_none();
    });
    pairs.push_back(other == words.end() ? RestWord{PairWord{}, one.index} : *other);
    if (other != words.end()) words.erase(other);
  }
  return pairs;
}

void put(const PairWord& word, std::uint32_t* to) {
  std::int8_t bytes[4];
  for (int e = 0; e < 4; ++e) bytes[e] = static_cast<std::int8_t>(word[e]);
  std::memcpy(to, bytes, 4);
}

/// Appends a chunk of a panel whose first word is `first`.
void pack_chunk(std::vector<PairColumn> words, std::size_t first, PageVector<std::uint32_t>& to) {
  std::vector<WordPair> pairs = matched(words);
  std::vector<RestWord> rest[pair_rows];
  PairColumn none{};
  for (const WordPair& pair : pairs) {
    PairColumn& other = pair.first == pair.second ? none : words[pair.second];
    for (std::size_t i = 0; i < pair_rows; ++i) {
      if ((pair.crowded >> i & 1) != 0) split(words[pair.first][i], other[i], pair, rest[i]);
    }
  }
  std::size_t rests = 0;
  for (std::vector<RestWord>& row : rest) row = paired(std::move(row)), rests = std::max(rests, row.size());
  PairChunk chunk{static_cast<std::uint32_t>(first), static_cast<std::uint32_t>(pairs.size()),
                  static_cast<std::uint32_t>(rests / 2), 0};
  const std::size_t groups = PairChunk::head_groups + chunk.value_groups() + chunk.index_groups() +
                             chunk.rest_value_groups() + chunk.rest_index_groups();
  chunk.groups = static_cast<std::uint32_t>(groups);
  const std::size_t start = to.size();
  to.resize(start + groups * PairChunk::group);
  std::uint32_t* at = to.data() + start;
  std::memcpy(at, &chunk, sizeof(chunk));
  at += PairChunk::head_groups * PairChunk::group;
  for (std::size_t b = 0; b < pairs.size(); ++b) {
    for (std::size_t i = 0; i < pair_rows; ++i) {
      put(words[pairs[b].first][i], at + 2 * (b * pair_rows + i));
      const bool has_other = pairs[b].first != pairs[b].second;
      put(has_other ? words[pairs[b].second][i] : PairWord{}, at + 2 * (b * pair_rows + i) + 1);
    }
  }
  at += chunk.value_groups() * PairChunk::group;
  auto* const places = reinterpret_cast<std::uint8_t*>(at);
  for (std::size_t b = 0; b < pairs.size(); ++b)
    places[2 * b] = pairs[b].first, places[2 * b + 1] = pairs[b].second;
  at += chunk.index_groups() * PairChunk::group;
  auto* const indices = reinterpret_cast<std::uint8_t*>(at + chunk.rest_value_groups() * PairChunk::group);
  for (std::size_t i = 0; i < pair_rows; ++i) {
    for (std::size_t e = 0; e < rest[i].size(); ++e) {
      const std::size_t place = 2 * (e / 2 * pair_rows + i) + e % 2;
      put(rest[i][e].word, at + place);
      indices[place] = rest[i][e].index;
    }
  }
}

PairWord read_word(const std::int8_t* at, std::size_t step, std::size_t inside) {
  if (inside >= 4) return {at[0], at[step], at[2 * step], at[3 * step]};
  PairWord word{};
  for (std::size_t e = 0; e < inside; ++e) word[e] = at[e * step];
  return word;
}

/// Words from … end - 1 of row `row`, which is row i of its panel: weights (row, input 4 * (k / taps) + e,
/// tap k % taps) for e < 4, 0 beyond the matrix. Returns their sum.
std::int32_t read_words(const WeightView& w, std::size_t row, std::size_t from, std::size_t end,
                        std::size_t i, std::vector<PairColumn>& words) {
  std::int32_t sum = 0;
  std::size_t input = from / w.taps * 4, tap = from % w.taps;
  for (std::size_t k = from; k < end; ++k) {
    const PairWord word =
        read_word(w.data + row * w.outer + input * w.inner + tap, w.inner, w.inputs - input);
    sum += word[0] + word[1] + word[2] + word[3];
    words[k - from][i] = word;
    if (++tap == w.taps) tap = 0, input += 4;
  }
  return sum;
}

void pack_panel(const WeightView& w, std::size_t panel, QPairWeights& to) {
  const std::size_t chunks = ceil_div(to.depth, pair_chunk);
  for (std::size_t c = 0; c < chunks; ++c) {
    const std::size_t from = to.depth * c / chunks, end = to.depth * (c + 1) / chunks;
    std::vector<PairColumn> words(end - from);
    for (std::size_t i = 0; i < pair_rows; ++i) {
      const std::size_t row = panel * pair_rows + i;
      if (row < w.size) to.sums[row] += read_words(w, row, from, end, i, words);
    }
    pack_chunk(std::move(words), from, to.words);
  }
}

}  // namespace

QPairWeights pack_qpairs(const WeightView& w) {
  QPairWeights made{w.size, w.depth(), {0}, {}, std::vector<std::int32_t>(w.size)};
  const std::size_t panels = ceil_div(w.size, pair_rows);
  // As many words as there are weights in fours, an eighth of that for the indices, and some rest.
  made.words.reserve(panels * pair_rows * made.depth * 5 / 4);
  for (std::size_t p = 0; p < panels; ++p) {
    pack_panel(w, p, made);
    made.first.push_back(made.words.size() / PairChunk::group);
  }
  made.words.shrink_to_fit();
  return made;
}
