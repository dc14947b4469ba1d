#pragma once
#include <cstddef>
#include <cstdint>

#include "../roundUp.h"

/// Where the integer or float (i, b) of a matrix stands: element i * outer + b * inner.
struct NarrowSteps {
  std::size_t outer, inner;
};

/// Weights of 4 bits in memory, packed low nibbles first, or of 8: q[i, k] for i < outputs, k < inputs, and
/// of each block of `block` inputs (a multiple of 8) a scale and a zero point.
struct NarrowView {
  std::size_t outputs, inputs, block, bits;
  bool is_signed;  // integers are -2^(bits - 1) … 2^(bits - 1) - 1, else 0 … 2^bits - 1
  const std::uint8_t* integers;
  NarrowSteps at;
  const float* scales;
  NarrowSteps scale_at;
  const std::uint8_t* zeros;  // integers of as many bits; null: all are `zero`
  NarrowSteps zero_at;
  std::int32_t zero;

  std::size_t blocks() const { return ceil_div(inputs, block); }
};

/// A panel of `width` outputs, block by block: scales, shifts where there are any, then v: q, less
/// 2^(bits - 1) if unsigned, in two's complement, as a NarrowOrder says. A shift is minus scale times zero,
/// this less 2^(bits - 1) if unsigned.
struct NarrowPanel {
  const std::uint32_t* data;
  std::size_t width, blocks, block_words, bits;
  bool has_shifts;

  /// Inputs of a block.
  std::size_t block() const { return block_words * 32 / bits; }
  /// Words of a block that stand before its integers, and all of them.
  std::size_t head() const { return width * (has_shifts ? 2 : 1); }
  std::size_t block_step() const { return head() + width * block_words; }
  std::size_t words() const { return blocks * block_step(); }
};

/// Packed weights: panels one after the other, from first.data on.
struct NarrowPanels {
  std::size_t outputs, inputs;
  NarrowPanel first;

  std::size_t panels() const { return ceil_div(outputs, first.width); }
  std::size_t bytes() const { return panels() * first.words() * 4; }
  NarrowPanel panel(std::size_t index) const {
    NarrowPanel found = first;
    found.data += index * first.words();
    return found;
  }
};

/// How integers of 8 bits lie in a block. Of 4 bits they always are words [block / 8][width], whose nibble e
/// is v[8 k + e].
enum class NarrowOrder {
  /// For products with floats: bytes [block][width], which widen as they are loaded.
  inputs,
  /// For products with bytes: words [block / 4][width], of which each two after one another hold v[8 k + 2 e]
  /// and v[8 k + 2 e + 1] in byte e: even and odd ones, as nibbles are taken apart.
  words
};

/// What packed weights will be in panels of `width` outputs, still without data.
NarrowPanels narrow_shape(const NarrowView& view, std::size_t width);

/// Packs weights of that shape into memory that the caller owns: shape.bytes() of it, aligned to 64.
NarrowPanels pack_narrow(const NarrowView& view, const NarrowPanels& shape, NarrowOrder order,
                         std::uint32_t* to);
