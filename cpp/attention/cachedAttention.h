#pragma once
#include <cstddef>
#include <cstdint>

#include "rotary.h"

struct Work;

/// Rows of heads, each of `depth` numbers: token t of sequence s begins at data + (s * tokens + t) * step.
struct TokenRows {
  const float* data;
  std::size_t step;
};

/// Attention of tokens to all that came before them, whose keys and values are kept: of `key_heads` heads, to
/// each of which belong `group` heads of queries (Ainslie et al., arXiv:2305.13245). What
/// com.microsoft.GroupQueryAttention does. Errors are those of attention.h.
struct CachedAttention {
  std::size_t sequences, tokens, key_heads, group, depth;
  /// Rows that the kept keys have room for, before and after; present >= past, present >= tokens.
  std::size_t past, present;
  /// Whether nothing came before these tokens, whatever `lengths` says.
  bool are_first;
  float factor;
  /// How many tokens a token sees, itself included; 0: all up to itself.
  std::size_t window;
  /// Positions that the rotation has.
  std::size_t positions;
  Rotation rotation;

  TokenRows queries, keys, values;
  /// [sequences][key_heads][past or present][depth].
  const float *past_keys, *past_values;
  float *present_keys, *present_values;
  /// Of each sequence: its tokens with the new ones, less one.
  const std::int32_t* lengths;
  /// [sequences][tokens][key_heads * group][depth].
  float* y;
};

/// Bytes that it needs for a pool of `threads` threads; pointers do not matter.
std::size_t cached_attention_workspace(const CachedAttention& attention, std::size_t threads);

/// False where lengths leave no room for the tokens, or are beyond the rotation's positions: nothing is
/// written then. Rows of the kept keys and values behind the last token are 0. The same bits for any number
/// of threads. `workspace` is aligned to 64 bytes. Cancelled work leaves the result unfinished. Does not
/// throw.
bool cached_attention(const Work& work, const CachedAttention& attention, void* workspace);
