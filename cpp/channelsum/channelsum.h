#pragma once
#include <cstddef>
#include <span>

#include "../cpu.h"
#include "../layout.h"

struct Work;

/// Sum of x[0 … n) in double. Element i is added to lane i mod 8; the lanes are added as
/// ((0+4)+(2+6)) + ((1+5)+(3+7)). Every variant returns the same bits, off by at most
/// (n/8 + 3) * 2^-53 * sum |x|. NaN and infinities make the sum NaN or infinite.
using sum_f32 = double(const float* x, std::size_t n);

/// sums[j] += x[r * stride + j] for r < rows in order and j < columns.
using sum_columns_f32 = void(const float* x, std::size_t rows, std::size_t stride, std::size_t columns,
                             double* sums);

struct ChannelSumKernels {
  cpu::Isa isa;
  sum_f32* run;
  sum_columns_f32* columns;
};

#define KERNEL(isa)      \
  sum_f32 sum_f32_##isa; \
  sum_columns_f32 sum_columns_f32_##isa;
#include "kernels.inc"
#undef KERNEL

std::span<const ChannelSumKernels> channel_sum_variants();
const ChannelSumKernels& channel_sum_kernels();

/// One sum a channel, the same bits for any number of threads.
void channel_sums(const Work& work, const float* x, const Layout& layout, double* sums);
