#include "cachedAttention.h"

#include <algorithm>
#include <cstring>
#include <limits>

#include "../memory/lines.h"
#include "../threadPool.h"
#include "attention.h"
#include "fewRows.h"

namespace {

std::size_t past_of(const CachedAttention& a, std::size_t sequence) {
  return a.are_first ? 0 : static_cast<std::size_t>(a.lengths[sequence]) + 1 - a.tokens;
}

bool fits(const CachedAttention& a) {
  for (std::size_t s = 0; s < a.sequences && !a.are_first; ++s) {
    if (a.lengths[s] < 0 || static_cast<std::size_t>(a.lengths[s]) + 1 < a.tokens) return false;
    if (past_of(a, s) > a.past) return false;
  }
  for (std::size_t s = 0; s < a.sequences; ++s) {
    const std::size_t end = past_of(a, s) + a.tokens;
    if (end > a.present || (a.rotation.pairs > 0 && end > a.positions)) return false;
  }
  return true;
}

/// Row of a token's head as it is, or turned to its position.
void place_row(const CachedAttention& a, std::size_t position, const float* from, float* to) {
  if (a.rotation.pairs > 0) return rotate_row(a.rotation, position, from, a.depth, to);
  std::copy_n(from, a.depth, to);
}

/// What is kept of a head: rows of before, new ones, zeros.
void keep_head(const CachedAttention& a, std::size_t head) {
  const std::size_t sequence = head / a.key_heads, past = past_of(a, sequence), d = a.depth;
  float* const keys = a.present_keys + head * a.present * d;
  float* const values = a.present_values + head * a.present * d;
  if (past > 0) {  // without any there may be no memory
    std::memcpy(keys, a.past_keys + head * a.past * d, past * d * sizeof(float));
    std::memcpy(values, a.past_values + head * a.past * d, past * d * sizeof(float));
  }
  for (std::size_t t = 0; t < a.tokens; ++t) {
    const std::size_t token = sequence * a.tokens + t, column = head % a.key_heads * d, row = past + t;
    place_row(a, row, a.keys.data + token * a.keys.step + column, keys + row * d);
    std::copy_n(a.values.data + token * a.values.step + column, d, values + row * d);
  }
  const std::size_t end = past + a.tokens;
  std::fill(keys + end * d, keys + a.present * d, 0.0f);
  std::fill(values + end * d, values + a.present * d, 0.0f);
}

/// The queries of all heads of a sequence that belong to one of keys: [group][tokens][depth].
void place_queries(const CachedAttention& a, std::size_t head, float* to) {
  const std::size_t sequence = head / a.key_heads, past = past_of(a, sequence);
  for (std::size_t g = 0; g < a.group; ++g) {
    const std::size_t column = (head % a.key_heads * a.group + g) * a.depth;
    for (std::size_t t = 0; t < a.tokens; ++t, to += a.depth)
      place_row(a, past + t, a.queries.data + (sequence * a.tokens + t) * a.queries.step + column, to);
  }
}

/// The first row that a token in row `own` sees.
std::size_t first_seen(const CachedAttention& a, std::size_t own) {
  return a.window > 0 && own >= a.window ? own + 1 - a.window : 0;
}

/// What is added to scores: [sequences][tokens][present].
void fill_mask(const CachedAttention& a, float* mask) {
  constexpr float hidden = std::numeric_limits<float>::lowest();
  for (std::size_t s = 0; s < a.sequences; ++s) {
    for (std::size_t t = 0; t < a.tokens; ++t, mask += a.present) {
      const std::size_t own = past_of(a, s) + t, first = first_seen(a, own);
      std::fill_n(mask, first, hidden);
      std::fill(mask + first, mask + own + 1, 0.0f);
      std::fill(mask + own + 1, mask + a.present, hidden);
    }
  }
}

/// As plain attention of all tokens.
Attention plain(const CachedAttention& a, const float* queries, const float* mask) {
  const std::size_t heads = a.key_heads * a.group, m = a.tokens, d = a.depth, kept = a.present * d;
  Attention p{};
  p.items = a.sequences * heads;
  p.queries = {{queries, m, d, d, 1}, m * d};
  p.keys = {{a.present_keys, a.present, d, d, 1}, kept, a.group};
  p.values = {{a.present_values, d, a.present, 1, d}, kept, a.group};
  p.result.to = a.y;
  p.result.rows = {{a.sequences, heads, m}, {m * heads * d, d, heads * d}};
  p.mask = {a.factor, mask, {{a.sequences, heads, m}, {m * a.present, 0, a.present}}};
  return p;
}

/// Of all heads that share keys.
std::size_t score_floats(const CachedAttention& a) { return few_rows_floats(a.group, a.present); }

/// One token: keys and values are read where they have just been put.
void attend_head(const CachedAttention& a, std::size_t head, const float* queries, float* scores) {
  const std::size_t own = past_of(a, head / a.key_heads), first = first_seen(a, own), d = a.depth;
  const std::size_t start = (head * a.present + first) * d, n = own + 1 - first;
  attend_few_rows({{queries, a.group, d},
                   {a.present_keys + start, n, d, d},
                   {a.present_values + start, n, d, d},
                   a.factor,
                   nullptr,
                   nullptr,
                   {a.y + head * a.group * d, a.group, d}},
                  scores);
}

std::size_t query_floats(const CachedAttention& a) {
  return whole_lines_of_words(a.sequences * a.tokens * a.key_heads * a.group * a.depth);
}
std::size_t mask_floats(const CachedAttention& a) {
  return whole_lines_of_words(a.sequences * a.tokens * a.present);
}

}  // namespace

std::size_t cached_attention_workspace(const CachedAttention& a, std::size_t threads) {
  const std::size_t queries = query_floats(a) * sizeof(float);
  if (a.tokens == 1) return queries + a.sequences * a.key_heads * score_floats(a) * sizeof(float);
  return queries + mask_floats(a) * sizeof(float) + attention_workspace(plain(a, nullptr, nullptr), threads);
}

bool cached_attention(const Work& work, const CachedAttention& a, void* workspace) {
  if (!fits(a)) return false;
  auto* const queries = static_cast<float*>(workspace);
  float* const rest = queries + query_floats(a);
  const std::size_t step = a.group * a.tokens * a.depth;
  work.for_each(a.sequences * a.key_heads, [&](std::size_t head) {
    keep_head(a, head);
    place_queries(a, head, queries + head * step);
    if (a.tokens == 1) attend_head(a, head, queries + head * step, rest + head * score_floats(a));
  });
  if (a.tokens == 1) return true;
  fill_mask(a, rest);
  attention(work, plain(a, queries, rest), rest + mask_floats(a));
  return true;
}
