#include "attention/cachedAttention.h"

#include <algorithm>
#include <memory>

#include "support.h"

namespace {

struct Sizes {
  std::size_t sequences, tokens, key_heads, group, depth, past, present, window, pairs;
  bool are_first, interleaved;
};

constexpr Sizes all_sizes[] = {
    {1, 1, 1, 1, 4, 0, 1, 0, 0, true, false},        {2, 7, 2, 3, 16, 0, 7, 0, 8, true, false},
    {1, 1, 2, 7, 64, 130, 131, 0, 32, false, false}, {3, 1, 2, 2, 24, 20, 21, 5, 8, false, true},
    {2, 5, 3, 1, 8, 40, 64, 9, 0, false, false},     {1, 70, 2, 4, 16, 33, 103, 0, 8, false, false}};

/// A row turned by a position's angles in float64, and the sum of the terms of each number, which its error
/// is a part of.
struct Turned {
  std::vector<double> row, terms;

  Turned(const float* x, std::size_t depth, const Rotation& r, std::size_t position) : row(x, x + depth) {
    for (const double each : row) terms.push_back(std::fabs(each));
    for (std::size_t i = 0; i < r.pairs; ++i) {
      const std::size_t first = r.interleaved ? 2 * i : i, second = r.interleaved ? first + 1 : i + r.pairs;
      const double c = r.cosines[position * r.pairs + i], s = r.sines[position * r.pairs + i];
      const double a = row[first], b = row[second];
      row[first] = a * c - b * s, row[second] = a * s + b * c;
      terms[first] = std::fabs(a * c) + std::fabs(b * s);
      terms[second] = std::fabs(a * s) + std::fabs(b * c);
    }
  }
};

struct Operands {
  Sizes s;
  std::size_t queries_step, keys_step, positions;
  std::vector<float> queries, keys, values_, past_keys, past_values, cosines, sines;
  std::vector<std::int32_t> lengths;

  explicit Operands(const Sizes& sizes)
      : s(sizes),
        queries_step(s.key_heads * s.group * s.depth + 3),
        keys_step(s.key_heads * s.depth),
        positions(s.present),
        queries(values(s.sequences * s.tokens * queries_step, 1)),
        keys(values(s.sequences * s.tokens * keys_step, 2)),
        values_(values(s.sequences * s.tokens * keys_step, 3)),
        past_keys(values(s.sequences * s.key_heads * s.past * s.depth, 4)),
        past_values(values(s.sequences * s.key_heads * s.past * s.depth, 5)),
        cosines(positions * s.pairs),
        sines(positions * s.pairs) {
    for (std::size_t i = 0; i < cosines.size(); ++i)
      cosines[i] = std::cos(0.3f * static_cast<float>(i)), sines[i] = std::sin(0.3f * static_cast<float>(i));
    for (std::size_t b = 0; b < s.sequences; ++b)
      lengths.push_back(static_cast<std::int32_t>(past(b) + s.tokens) - 1);
  }

  /// Sequences are of different lengths.
  std::size_t past(std::size_t b) const { return s.are_first ? 0 : s.past - std::min(b, s.past); }

  CachedAttention to(std::vector<float>& y, std::vector<float>& k, std::vector<float>& v) const {
    return {.sequences = s.sequences,
            .tokens = s.tokens,
            .key_heads = s.key_heads,
            .group = s.group,
            .depth = s.depth,
            .past = s.past,
            .present = s.present,
            .are_first = s.are_first,
            .factor = 0.25f,
            .window = s.window,
            .positions = positions,
            .rotation = {s.pairs, s.interleaved, cosines.data(), sines.data()},
            .queries = {queries.data(), queries_step},
            .keys = {keys.data(), keys_step},
            .values = {values_.data(), keys_step},
            .past_keys = past_keys.data(),
            .past_values = past_values.data(),
            .present_keys = k.data(),
            .present_values = v.data(),
            .lengths = lengths.data(),
            .y = y.data()};
  }
};

struct Results {
  std::vector<float> y, keys, values;

  explicit Results(const Sizes& s)
      : y(s.sequences * s.tokens * s.key_heads * s.group * s.depth, not_a_number),
        keys(s.sequences * s.key_heads * s.present * s.depth, not_a_number),
        values(keys) {}
  bool operator==(const Results&) const = default;
};

bool run(const Work& work, const CachedAttention& a) {
  std::size_t room = cached_attention_workspace(a, work.pool.size()) + 64;
  std::vector<std::byte> workspace(room, std::byte{0xff});  // numbers that are none
  void* at = workspace.data();
  return cached_attention(work, a, std::align(64, room - 64, at, room));
}

/// Row of what is kept of a head: an old one, or a new one turned.
Turned kept_row(const Operands& o, std::size_t b, std::size_t head, std::size_t row, bool are_keys) {
  const Sizes& s = o.s;
  const std::size_t past = o.past(b), d = s.depth;
  if (row < past) {
    const float* const old = (are_keys ? o.past_keys : o.past_values).data();
    return {old + ((b * s.key_heads + head) * s.past + row) * d, d, {}, 0};
  }
  const float* const fresh = (are_keys ? o.keys : o.values_).data();
  const float* const from = fresh + (b * s.tokens + row - past) * o.keys_step + head * d;
  const Rotation turn{are_keys ? s.pairs : 0, s.interleaved, o.cosines.data(), o.sines.data()};
  return {from, d, turn, row};
}

/// A token's head in float64, and how far float32 may be off: attention_test.cc's bound, with three roundings
/// more for each number that is turned.
void expect_head(const Operands& o, const float* y, std::size_t b, std::size_t token, std::size_t head) {
  const Sizes& s = o.s;
  const std::size_t own = o.past(b) + token, d = s.depth;
  const std::size_t first = s.window > 0 && own >= s.window ? own + 1 - s.window : 0;
  const Rotation turn{s.pairs, s.interleaved, o.cosines.data(), o.sines.data()};
  const Turned query(o.queries.data() + (b * s.tokens + token) * o.queries_step + head * d, d, turn, own);
  std::vector<double> scores;
  double error = 0, sum = 0;
  for (std::size_t row = first; row <= own; ++row) {
    const Turned key = kept_row(o, b, head / s.group, row, true);
    double score = 0, terms = 0;
    for (std::size_t k = 0; k < d; ++k) {
      score += 0.25 * query.row[k] * key.row[k], terms += 0.25 * query.terms[k] * key.terms[k];
    }
    scores.push_back(score);
    error = std::max(error, (static_cast<double>(d) + 5 + 2 * 3) * 0x1p-24 * terms);
  }
  const auto [least, most] = std::minmax_element(scores.begin(), scores.end());
  const double range = *most - *least, largest = *most, n = static_cast<double>(s.present);
  for (double& score : scores) sum += score = std::exp(score - largest);
  const double relative = 2 * error + 0x1p-21 + n * 0x1p-26 + range * 0x1p-24 + (n + 3) * 0x1p-24;
  for (std::size_t c = 0; c < d; ++c) {
    double want = 0, bound = 0;
    for (std::size_t row = first; row <= own; ++row) {
      const double term = scores[row - first] / sum * kept_row(o, b, head / s.group, row, false).row[c];
      want += term, bound += relative * std::fabs(term) + 1e-30;
    }
    EXPECT_NEAR(y[c], want, bound);
  }
}

void expect_kept(const Operands& o, const std::vector<float>& kept, bool are_keys) {
  const Sizes& s = o.s;
  for (std::size_t head = 0; head < s.sequences * s.key_heads; ++head) {
    const std::size_t b = head / s.key_heads;
    for (std::size_t row = 0; row < s.present; ++row) {
      const float* const is = kept.data() + (head * s.present + row) * s.depth;
      if (row >= o.past(b) + s.tokens) {
        EXPECT_TRUE(std::all_of(is, is + s.depth, [](float x) { return x == 0; }));
        continue;
      }
      const Turned want = kept_row(o, b, head % s.key_heads, row, are_keys);
      for (std::size_t c = 0; c < s.depth; ++c) EXPECT_NEAR(is[c], want.row[c], 3 * 0x1p-24 * want.terms[c]);
    }
  }
}

TEST(CachedAttention, IsAttentionToAllThatIsKept) {
  for (const Sizes& s : all_sizes) {
    SCOPED_TRACE(std::to_string(s.tokens) + " tokens behind " + std::to_string(s.past));
    const Operands operands(s);
    Results first(s);
    bool is_first = true;
    with_pools([&](const Work& work) {
      Results results(s);
      EXPECT_TRUE(run(work, operands.to(results.y, results.keys, results.values)));
      if (is_first) first = results;
      is_first = false;
      EXPECT_EQ(results, first);
    });
    expect_kept(operands, first.keys, true);
    expect_kept(operands, first.values, false);
    const std::size_t heads = s.key_heads * s.group;
    for (std::size_t i = 0; i < s.sequences * s.tokens * heads; ++i)
      expect_head(operands, first.y.data() + i * s.depth, i / heads / s.tokens, i / heads % s.tokens,
                  i % heads);
  }
}

TEST(CachedAttention, LengthsThatDoNotFitAreRefused) {
  const Sizes s{2, 3, 1, 1, 8, 10, 13, 0, 4, false, false};
  for (const std::int32_t length : {-1, 1, 13, 2147483647}) {
    Operands operands(s);
    operands.lengths[1] = length;
    Results results(s);
    with_pools([&](const Work& work) {
      EXPECT_FALSE(run(work, operands.to(results.y, results.keys, results.values)));
      EXPECT_TRUE(std::isnan(results.y[0]) && std::isnan(results.keys[0]));
    });
  }
  Operands operands(s);
  operands.positions = 12;
  Results results(s);
  with_pools([&](const Work& work) {
    EXPECT_FALSE(run(work, operands.to(results.y, results.keys, results.values)));
  });
}

}  // namespace
