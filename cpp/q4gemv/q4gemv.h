#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

#include "../cpu.h"
#include "../narrowgemm/narrowgemm.h"

struct Work;

/// Products of at most four rows by weights of 4 bits whose activations are rounded to 8 bits, as MatMulNBits
/// does it with accuracy_level 4 (MLAS): each row, block by block, x = s q with s = max |x| / 127 and q =
/// roundHalfEven(x * (1 / s)). Sums of a block are exact integers; then y = f(sum over blocks of s * (scale *
/// sum v q + shift * sum q) + bias + residual), with v and shift as in NarrowPanel.

/// A row's blocks: of every 8 inputs numbers 0, 2, 4, 6, then 1, 3, 5, 7, filled up with zeros to whole
/// blocks; each block's s, and its sum of q.
struct Q8Row {
  const std::int8_t* q;
  const float* scales;
  const std::int32_t* sums;
};

/// sums[j] = sum over blocks b of scales[b] * (scale[b, j] * (sum over k in b of v[k, j] q[k]) + shift[b, j]
/// * sums[b]) for j < panel.width.
using q4gemv_s8_panel = void(const Q8Row& x, const NarrowPanel& panel, float* sums);

struct Q4GemvKernels {
  cpu::Isa isa;
  q4gemv_s8_panel* panel;
};

#define KERNEL(isa) q4gemv_s8_panel q4gemv_s8_panel_##isa;
#include "kernels.inc"
#undef KERNEL

std::span<const Q4GemvKernels> q4gemv_variants();
const Q4GemvKernels& q4gemv_kernels();

/// Bytes that it needs beside its operands.
std::size_t q4gemv_workspace(const NarrowGemm& product);

/// The same bits for any number of threads. `workspace`: q4gemv_workspace(product) bytes, aligned to 64.
/// Without `work` the calling thread does everything. Does not throw.
void q4gemv(const Work* work, const NarrowGemm& product, void* workspace,
            const Q4GemvKernels& kernels = q4gemv_kernels());
