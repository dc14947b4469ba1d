#pragma once
#include <cstddef>
#include <span>

#include "../cpu.h"

/// Rows of keys or values where they lie, `step` apart.
struct KeptRows {
  const float* data;
  std::size_t n, depth, step;
};

/// `count` rows of queries, or of results.
template <class Float>
struct FewRows {
  Float* data;
  std::size_t count, step;

  Float* row(std::size_t r) const { return data + r * step; }
};

/// scores[r, t] = sum over k < depth of queries[r, k] * keys[t, k] for t < n: keys are read once. Off by at
/// most (depth + 1) * 2^-24 of the terms' sizes to first order.
using kept_scores_f32 = void(const FewRows<const float>& queries, const KeptRows& keys, float* scores,
                             std::size_t step);

/// y[r, k] = factors[r] * sum over t < n of weights[r * step + t] * values[t, k] for k < depth. Terms are
/// added in the order of t.
using kept_sums_f32 = void(const float* weights, std::size_t step, const KeptRows& values,
                           const float* factors, const FewRows<float>& y);

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
