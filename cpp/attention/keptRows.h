#pragma once
#include <cstddef>
#include <span>

#include "../cpu.h"

/// Rows of keys or values, one behind the other.
struct KeptRows {
  const float* data;
  std::size_t n, depth;
};

/// scores[r * step + t] = sum over k < depth of queries[r * depth + k] * keys[t * depth + k] for r < rows, t
/// < n: keys are read once, where they lie. Off by at most (depth + 1) * 2^-24 of the terms' sizes to first
/// order.
using kept_scores_f32 = void(const float* queries, std::size_t rows, const KeptRows& keys, float* scores,
                             std::size_t step);

/// y[r * depth + k] = factors[r] * sum over t < n of weights[r * step + t] * values[t * depth + k] for r <
/// rows, k < depth. Terms are added in the order of t.
using kept_sums_f32 = void(const float* weights, std::size_t step, std::size_t rows, const KeptRows& values,
                           const float* factors, float* y);

struct KeptRowsKernels {
  cpu::Isa isa;
  kept_scores_f32* scores;
  kept_sums_f32* sums;
};

#define HALVES(isa, vector, widest, rows, terms)
#define KERNEL(isa, vector, widest)      \
  kept_scores_f32 kept_scores_f32_##isa; \
  kept_sums_f32 kept_sums_f32_##isa;
#include "kernels.inc"
#undef KERNEL
#undef HALVES

std::span<const KeptRowsKernels> kept_rows_variants();
const KeptRowsKernels& kept_rows_kernels();
