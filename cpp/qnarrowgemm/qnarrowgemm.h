#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

#include "../cpu.h"
#include "../narrowgemm/narrowgemm.h"
#include "rows.h"

struct Work;

/// Products by weights of 4 or 8 bits whose activations are rounded to 8 bits (rows.h), as MatMulNBits does
/// it with accuracy_level 4 (MLAS). Sums of a block of at most 65536 inputs are exact integers; then y =
/// f(sum over blocks of s * (scale * sum v q + shift * sum q) + bias + residual), with v and shift as in
/// NarrowPanel.

/// sums[r * width + j] = sum over blocks b of scales[b] of row r * (scale[b, j] * (sum over k in b of q[r, k]
/// v[k, j]) + shift[b, j] * sums[b] of row r) for r < rows, j < panel.width.
using qnarrow_panel = void(const RoundedRows& x, std::size_t rows, const NarrowPanel& panel, float* sums);

struct QNarrowKernels {
  cpu::Isa isa;
  std::size_t rows;  // that a call takes at most
  qnarrow_panel* panel;
  qnarrow_round* round;
};

#define KERNEL(isa, rows, rounding_isa) \
  qnarrow_panel qnarrow_panel_##isa;    \
  qnarrow_round qnarrow_round_##rounding_isa;
#include "kernels.inc"
#undef KERNEL

std::span<const QNarrowKernels> qnarrow_variants();
const QNarrowKernels& qnarrow_kernels();

/// Bytes that it needs beside its operands.
std::size_t qnarrowgemm_workspace(const NarrowGemm& product);

/// The same bits for any number of threads. `workspace`: qnarrowgemm_workspace(product) bytes, aligned to 64.
/// Without `work` the calling thread does everything. Does not throw.
void qnarrowgemm(const Work* work, const NarrowGemm& product, void* workspace,
                 const QNarrowKernels& kernels = qnarrow_kernels());
