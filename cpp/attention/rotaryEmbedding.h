#pragma once
#include <cstddef>
#include <cstdint>

#include "rotary.h"

struct Work;

/// Heads of tokens, each turned to its token's position: what RotaryEmbedding does. Head h of token t of
/// sequence s begins at s * sequence_step + t * token_step + h * head_step, here and in the result.
struct RotaryEmbedding {
  std::size_t sequences, tokens, heads, depth;
  std::size_t sequence_step, token_step, head_step;
  /// Rows of the rotation's tables.
  std::size_t rows;
  Rotation rotation;
  const float* x;
  float* y;
  /// One a token; or of a single one, that of the first token, which the others follow; or null: row s *
  /// tokens
  /// + t of the tables is for token t of sequence s.
  const std::int64_t* positions;
  bool is_single;
};

/// False where a position is beyond the tables: nothing is written then. Does not throw.
bool rotary_embedding(const Work& work, const RotaryEmbedding& embedding);
