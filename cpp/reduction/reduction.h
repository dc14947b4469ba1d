#pragma once
#include <cstddef>
#include <span>

#include "../cpu.h"

struct Work;

enum class Reduction : unsigned char { sum, mean, max, min, prod, sumSquare, l1, l2 };

/// Partial results take elements in the same order in every variant, so all return the same bits. Sums of n
/// terms are off by at most (n / 16 + 5) * 2^-24 times the sum of the terms' sizes.
///
/// One row: the reduction of x[0 … n), before the last operation of mean and l2. n > 0.
using reduce_row_f32 = float(Reduction kind, const float* x, std::size_t n);
/// y[j] over x[i * stride + j] for i < rows, j < columns, likewise.
using reduce_columns_f32 = void(Reduction kind, const float* x, std::size_t rows, std::size_t stride,
                                std::size_t columns, float* y);

struct ReductionKernels {
  cpu::Isa isa;
  reduce_row_f32* row;
  reduce_columns_f32* columns;
};

#define KERNEL(isa)                    \
  reduce_row_f32 reduce_row_f32_##isa; \
  reduce_columns_f32 reduce_columns_f32_##isa;
#include "kernels.inc"
#undef KERNEL

std::span<const ReductionKernels> reduction_variants();
const ReductionKernels& reduction_kernels();

/// y[outer, inner]: x[outer, n, inner] reduced along n, as ONNX's Reduce operators do. n > 0.
void reduce(const Work& work, Reduction kind, const float* x, std::size_t outer, std::size_t n,
            std::size_t inner, float* y);
