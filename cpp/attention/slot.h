#pragma once
#include <algorithm>
#include <cstddef>

#include "attention.h"
#include "kernels.h"
#include "rightPanels.h"

/// How an attention is cut.
struct AttentionBlocks {
  /// Scores that a block of rows has, about: they stay in the first cache, with the panel that they multiply
  /// in the second.
  static constexpr std::size_t block_scores = 8192, most_rows = 64, least_rows = 12;

  explicit AttentionBlocks(const Attention& a)
      : kernels(attention_kernels(a.result.in_bytes)),
        keys(a.keys.matrix.size, a.keys.matrix.depth, kernels),
        values(a.values.matrix.size, a.values.matrix.depth, kernels),
        step(keys.column(keys.count())),
        rows(round_up(std::clamp(block_scores / step, least_rows, most_rows), form ? form->rows : 1)),
        gathers(form || a.queries.matrix.inner != 1) {}

  const AttentionKernels& kernels;
  const OperandForm* const form = kernels.form;
  const RightPanels keys, values;
  /// Scores of a row, filled up to whole vectors, and rows of a block.
  const std::size_t step, rows;
  /// Whether queries cannot be read where they are: a row's are apart in memory, or not in the form.
  const bool gathers;
};

/// Where a thread works: an item's packed keys and values, and a block of rows.
class AttentionSlot {
 public:
  /// `workspace` has `floats` floats, aligned to 64 bytes.
  AttentionSlot(const Attention& a, const AttentionBlocks& blocks, float* workspace);
  static std::size_t floats(const Attention& a, const AttentionBlocks& blocks);

  /// Nothing is packed twice in a row.
  void pack(std::size_t item);
  /// `count` rows of the packed item from `row` on, at most those of a block.
  void block(std::size_t item, std::size_t row, std::size_t count);

 private:
  void score(std::size_t item, std::size_t row, std::size_t count);
  void weigh(std::size_t first, std::size_t count);
  void store_floats(std::size_t first, std::size_t count) const;
  void store_bytes(std::size_t first, std::size_t count) const;
  /// Rows of weighted values to c.
  void sum(std::size_t count, float* c, std::size_t c_step) const;
  MatrixView gathered(const MatrixView& queries, std::size_t count) const;

  const Attention& a_;
  const AttentionBlocks& b_;
  float *keys_, *values_, *scores_, *queries_, *result_;
  static constexpr std::size_t nothing = static_cast<std::size_t>(-1);
  std::size_t packed_ = nothing;
  float inverses_[AttentionBlocks::most_rows];
};
