#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

#include "../cpu.h"
#include "../gemm/gemm.h"
#include "../gemv/parts.h"
#include "pack.h"

struct Work;

/// Float32 products by constant weights of 4 or 8 bits: y[rows, outputs] = f(x[rows, inputs] transpose(w) +
/// bias + residual), w[i, k] = (q[i, k] - zero[i, b]) * scale[i, b] with b = k / block. Few rows multiply
/// integers as they are read and scale the sums of each block; for many, weights become floats panel by
/// panel. Off by at most (inputs + 8) * 2^-24 * (sum |x * scale * q| + sum |x * scale * zero| + |bias| +
/// |residual|), q and zero as panels have them, to first order before f.

/// sums[r * width + j] = sum over blocks b of scale[b, j] * (sum over k in b of x[r, k] * v[k, j]) + shift[b,
/// j] * (sum over k in b of x[r, k]) for r < rows, j < width. Rows of x are x_step floats apart and filled up
/// with zeros to whole blocks; block_sums[r * panel.blocks + b] is the last sum.
using narrow_gemv_panel = void(const float* x, std::size_t x_step, std::size_t rows, const NarrowPanel& panel,
                               const float* block_sums, float* sums);

/// to[k * width + j] = scale[b, j] * v[k, j] + shift[b, j] for k < depth, j < width.
using narrow_unpack_panel = void(const NarrowPanel& panel, std::size_t depth, float* to);

struct NarrowKernels {
  cpu::Isa isa;
  narrow_gemv_panel* gemv;
  narrow_unpack_panel* unpack;
};

#define KERNEL(isa)                          \
  narrow_gemv_panel narrow_gemv_panel_##isa; \
  narrow_unpack_panel narrow_unpack_panel_##isa;
#include "kernels.inc"
#undef KERNEL

std::span<const NarrowKernels> narrow_variants();
const NarrowKernels& narrow_kernels();

/// Results are rows, one after the other.
struct NarrowGemm {
  std::size_t rows;
  const float* x;  // rows one after the other
  const NarrowPanels* weights;
  float* y;
  GemmEpilogue epilogue;  // bias: one an output
};

/// Bytes that it needs beside its operands, for a pool of `threads` threads.
std::size_t narrowgemm_workspace(const NarrowGemm& product, std::size_t threads);

/// The same bits for any number of threads. `workspace`: narrowgemm_workspace(product, work ? pool size : 1)
/// bytes, aligned to 64. Without `work` the calling thread does everything. Weights must be packed for
/// gemm_kernels(). Does not throw.
void narrowgemm(const Work* work, const NarrowGemm& product, void* workspace,
                const NarrowKernels& kernels = narrow_kernels());
