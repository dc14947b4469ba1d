#pragma once
#include <cstddef>
#include <span>

#include "../cpu.h"

/// c[i * c_step + j] = factors[i] * (adds ? itself : 0 + sum over k < depth of left[i * left_step + k] *
/// right[k * width + j]) for i < rows, j < columns, with width the columns filled up to whole vectors. Terms
/// are added in the order of k; without `factors` they are 1.
struct RowsProduct {
  const float* left;
  std::size_t left_step;
  const float* right;
  std::size_t depth, rows, columns;
  float* c;
  std::size_t c_step;
  bool adds;
  const float* factors;
};

/// At most as many columns as a panel has.
using rows_product_f32 = void(const RowsProduct& product);

/// Rows of `n` scores, n > 0, each as many as whole vectors hold and `step` from the next.
struct ScoreRows {
  float* scores;
  std::size_t step, rows, n;
  float factor;
  /// Row i is masked by what lies at mask + offsets[i]; null: by nothing.
  const float* mask;
  const std::size_t* offsets;
};

/// s = scores * factor + mask becomes e^(s - max), off by at most 2^-22.5 + (max - s) * 2^-24 of it and by
/// 2^-100; inverses[i] is 1 / the sum of row i. Scores beyond n are set to 0.
using attention_weights_f32 = void(const ScoreRows& rows, float* inverses);

struct AttentionKernels {
  cpu::Isa isa;
  /// Floats of a vector, and how many vectors wide a panel is at most.
  std::size_t lanes, panel_vectors;
  rows_product_f32* product;
  attention_weights_f32* weights;
};

#define KERNEL(isa, vector, widest)                                                     \
  constexpr std::size_t attention_lanes_##isa = vector, attention_panel_##isa = widest; \
  rows_product_f32 rows_product_f32_##isa;                                              \
  attention_weights_f32 attention_weights_f32_##isa;
#include "kernels.inc"
#undef KERNEL

std::span<const AttentionKernels> attention_variants();
const AttentionKernels& attention_kernels();
