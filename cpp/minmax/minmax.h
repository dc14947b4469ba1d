#pragma once
#include <cstddef>
#include <span>

#include "../cpu.h"
#include "../layout.h"

struct Work;

/// Smallest and largest *finite* element. NaN and the infinities are left out and counted, so that a range
/// made from the result is always usable. Nothing finite: min = +inf, max = -inf. A zero comes back as +0.
/// Exact: every variant returns the same bits.
struct MinMax {
  float min, max;
  std::size_t non_finite;
};

/// Over x[0 … n), n < 2^31.
using min_max_f32 = MinMax(const float* x, std::size_t n);

/// min[j], max[j] over x[r * stride + j] for r < rows, j < columns, joined with what they hold on entry.
using min_max_columns_f32 = void(const float* x, std::size_t rows, std::size_t stride, std::size_t columns,
                                 float* min, float* max);

struct MinMaxKernels {
  cpu::Isa isa;
  min_max_f32* run;
  min_max_columns_f32* columns;
};

#define KERNEL(isa)              \
  min_max_f32 min_max_f32_##isa; \
  min_max_columns_f32 min_max_columns_f32_##isa;
#include "kernels.inc"
#undef KERNEL

std::span<const MinMaxKernels> min_max_variants();
const MinMaxKernels& min_max_kernels();

MinMax min_max(const Work& work, const float* x, std::size_t n);

/// One min and max a channel.
void min_max_per_channel(const Work& work, const float* x, const Layout& layout, float* min, float* max);
