#include "cachedAttention.h"

#include <algorithm>
#include <cstring>
#include <limits>

#include "../memory/lines.h"
#include "../threadPool.h"
#include "attention.h"

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

/// Whether some token does not see all rows that are kept.
bool is_masked(const CachedAttention& a) {
  if (a.tokens > 1 || (a.window > 0 && a.present > a.window)) return true;
  for (std::size_t s = 0; s < a.sequences; ++s) {
    if (past_of(a, s) + 1 < a.present) return true;
  }
  return false;
}

/// What is added to scores: [sequences][tokens][present].
void fill_mask(const CachedAttention& a, float* mask) {
  constexpr float hidden = std::numeric_limits<float>::lowest();
  for (std::size_t s = 0; s < a.sequences; ++s) {
    for (std::size_t t = 0; t < a.tokens; ++t, mask += a.present) {
      const std::size_t own = past_of(a, s) + t;
      const std::size_t first = a.window > 0 && own >= a.window ? own + 1 - a.window : 0;
      std::fill_n(mask, first, hidden);
      std::fill(mask + first, mask + own + 1, 0.0f);
      std::fill(mask + own + 1, mask + a.present, hidden);
    }
  }
}

/// As plain attention: where there is one token, all heads that share keys are rows of one item.
Attention plain(const CachedAttention& a, const float* queries, const float* mask) {
  const std::size_t heads = a.key_heads * a.group, d = a.depth, kept = a.present * d;
  const bool together = a.tokens == 1;
  const std::size_t m = together ? a.group : a.tokens, shared = together ? 1 : a.group;
  Attention p{};
  p.items = a.sequences * (together ? a.key_heads : heads);
  p.queries = {{queries, m, d, d, 1}, m * d};
  p.keys = {{a.present_keys, a.present, d, d, 1}, kept, shared};
  p.values = {{a.present_values, d, a.present, 1, d}, kept, shared};
  const std::size_t token = heads * d;
  p.result.to = a.y;
  if (together) {
    p.result.rows = {{a.sequences, heads / m, m}, {token, m * d, d}};
    p.mask = {a.factor, mask, {{a.sequences, heads}, {a.present, 0}}};
  } else {
    p.result.rows = {{a.sequences, heads, m}, {m * token, d, token}};
    p.mask = {a.factor, mask, {{a.sequences, heads, m}, {m * a.present, 0, a.present}}};
  }
  return p;
}

std::size_t query_floats(const CachedAttention& a) {
  return whole_lines_of_words(a.sequences * a.tokens * a.key_heads * a.group * a.depth);
}
std::size_t mask_floats(const CachedAttention& a) {
  return whole_lines_of_words(a.sequences * a.tokens * a.present);
}

}  // namespace

std::size_t cached_attention_workspace(const CachedAttention& a, std::size_t threads) {
  return (query_floats(a) + mask_floats(a)) * sizeof(float) +
         attention_workspace(plain(a, nullptr, nullptr), threads);
}

bool cached_attention(const Work& work, const CachedAttention& a, void* workspace) {
  if (!fits(a)) return false;
  auto* const queries = static_cast<float*>(workspace);
  float* const mask = queries + query_floats(a);
  const std::size_t step = a.group * a.tokens * a.depth;
  work.for_each(a.sequences * a.key_heads, [&](std::size_t head) {
    keep_head(a, head);
    place_queries(a, head, queries + head * step);
  });
  const bool masked = is_masked(a);
  if (masked) fill_mask(a, mask);
  attention(work, plain(a, queries, masked ? mask : nullptr), mask + mask_floats(a));
  return true;
}
