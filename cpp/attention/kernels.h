#pragma once
#include <cstddef>
#include <span>

#include "../cpu.h"
#include "../gemm/gemm.h"

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

/// How a product takes its operands that does not take floats as they are.
struct OperandForm {
  /// Rows of a left operand and the depth are filled up to multiples of these: with anything, and with zeros.
  std::size_t rows, depth;
  /// Rows of a left operand; they may stay in their place. Fills up the depth.
  void (*left)(const float* from, std::size_t from_step, std::size_t rows, std::size_t depth, float* to,
               std::size_t to_step);
  /// Columns first … first + width - 1 of a right one, as gemm_pack_panel makes a panel of them, which fills
  /// up the columns. Fills up the depth.
  void (*right)(const MatrixView& matrix, std::size_t first, std::size_t width, float* to);
  /// What a thread does before its first product and behind its last.
  void (*enter)();
  void (*leave)();
};

struct AttentionKernels {
  cpu::Isa isa;
  /// Floats of a vector, and how many vectors wide a panel is at most.
  std::size_t lanes, panel_vectors;
  rows_product_f32* product;
  attention_weights_f32* weights;
  /// Null: operands are floats.
  const OperandForm* form = nullptr;
};

#define KERNEL(isa, vector, widest)                                                     \
  constexpr std::size_t attention_lanes_##isa = vector, attention_panel_##isa = widest; \
  rows_product_f32 rows_product_f32_##isa;                                              \
  attention_weights_f32 attention_weights_f32_##isa;
/// x = high + low, both of 8 bits (bfloat16): three products of halves are off by 3 * 2^-16 of a term, where
/// one of floats is off by 2^-24 (Henry, Tang, Heinecke, arXiv:1904.06376). Infinities become NaN, and so may
/// what is above 2^127; of less than 2^-110 parts are lost.
#define HALVES(isa, vector, widest, rows, terms)                                                       \
  KERNEL(isa, vector, widest)                                                                          \
  void attention_left_##isa(const float*, std::size_t, std::size_t, std::size_t, float*, std::size_t); \
  void attention_right_##isa(const MatrixView&, std::size_t, std::size_t, float*);                     \
  void attention_enter_##isa();                                                                        \
  void attention_leave_##isa();                                                                        \
  constexpr OperandForm attention_form_##isa = {rows,                                                  \
                                                terms,                                                 \
                                                attention_left_##isa,                                  \
                                                attention_right_##isa,                                 \
                                                attention_enter_##isa,                                 \
                                                attention_leave_##isa};
#include "kernels.inc"
#undef HALVES
#undef KERNEL

std::span<const AttentionKernels> attention_variants();
/// The fastest ones. Where results become bytes, halves are precise enough: they are asked for.
const AttentionKernels& attention_kernels(bool by_halves);
