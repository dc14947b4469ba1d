#pragma once
#include <cstddef>
#include <span>

#include "../cpu.h"

/// to[k * to_step + i] = from[i * from_step + k] for i < rows, k < columns. Nothing else is written. Does not
/// throw.
void transpose(const float* from, std::size_t from_step, std::size_t rows, std::size_t columns, float* to,
               std::size_t to_step);

using transpose_f32 = void(const float* from, std::size_t from_step, std::size_t rows, std::size_t columns,
                           float* to, std::size_t to_step);

struct TransposeKernels {
  cpu::Isa isa;
  transpose_f32* run;
};

#define KERNEL(isa) transpose_f32 transpose_f32_##isa;
#include "kernels.inc"
#undef KERNEL

std::span<const TransposeKernels> transpose_variants();
const TransposeKernels& transpose_kernels();
