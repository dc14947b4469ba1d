#include "rotaryEmbedding.h"

#include "../threadPool.h"

namespace {

std::int64_t row_of(const RotaryEmbedding& e, std::size_t token) {
  if (!e.positions) return static_cast<std::int64_t>(token);
  return e.is_single ? e.positions[0] + static_cast<std::int64_t>(token % e.tokens) : e.positions[token];
}

bool fits(const RotaryEmbedding& e) {
  const auto rows = static_cast<std::int64_t>(e.rows);
  // So that what is added to it stays in range.
  if (e.is_single && (e.positions[0] < 0 || e.positions[0] >= rows)) return false;
  for (std::size_t token = 0; token < e.sequences * e.tokens; ++token) {
    const std::int64_t row = row_of(e, token);
    if (row < 0 || row >= rows) return false;
  }
  return true;
}

}  // namespace

bool rotary_embedding(const Work& work, const RotaryEmbedding& e) {
  if (!fits(e)) return false;
  work.for_each(e.sequences * e.tokens, [&](std::size_t token) {
    const auto row = static_cast<std::size_t>(row_of(e, token));
    std::size_t at = token / e.tokens * e.sequence_step + token % e.tokens * e.token_step;
    for (std::size_t h = 0; h < e.heads; ++h, at += e.head_step)
      rotate_row(e.rotation, row, e.x + at, e.depth, e.y + at);
  });
  return true;
}
