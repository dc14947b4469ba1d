#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

#include "../cpu.h"
#include "../gemm/gemm.h"
#include "../gemv/parts.h"
#include "pack.h"

struct Work;

/// Float32 products by constant weights of 4 bits: y[rows, outputs] = f(x[rows, inputs] transpose(w) + bias +
/// residual), w[i, k] = (q[i, k] - zero[i, b]) * scale[i, b] with b = k / block. Few rows multiply integers
/// as they are read and scale the sums of each block; for many, weights become floats panel by panel. Off by
/// at most (inputs + 8) * 2^-24 * (sum |x * scale * q| + sum |x * scale * zero| + |bias| + |residual|), q and
/// zero in -8 … 7, to first order before f.

/// sums[r * width + j] = sum over blocks b of scale[b, j] * (sum over k in b of x[r, k] * v[k, j]) + shift[b,
/// j] * (sum over k in b of x[r, k]) for r < rows, j < width. Rows of x are x_step floats apart and filled up
/// with zeros to whole blocks; block_sums[r * panel.blocks + b] is the last sum.
using q4gemv_panel = void(const float* x, std::size_t x_step, std::size_t rows, const Q4Panel& panel,
                          const float* block_sums, float* sums);

/// to[k * width + j] = scale[b, j] * v[k, j] + shift[b, j] for k < depth, j < width.
using q4_unpack_panel = void(const Q4Panel& panel, std::size_t depth, float* to);

struct Q4Kernels {
  cpu::Isa isa;
  q4gemv_panel* gemv;
  q4_unpack_panel* unpack;
};

#define KERNEL(isa)                \
  q4gemv_panel q4gemv_panel_##isa; \
  q4_unpack_panel q4_unpack_panel_##isa;
#include "kernels.inc"
#undef KERNEL

std::span<const Q4Kernels> q4_variants();
const Q4Kernels& q4_kernels();

/// Results are rows, one after the other.
struct Q4Gemm {
  std::size_t rows;
  const float* x;  // rows one after the other
  const Q4Weights* weights;
  float* y;
  GemmEpilogue epilogue;  // bias: one an output
};

/// Bytes that it needs beside its operands, for a pool of `threads` threads.
std::size_t q4gemm_workspace(const Q4Gemm& product, std::size_t threads);

/// The same bits for any number of threads. `workspace`: q4gemm_workspace(product, work ? pool size : 1)
/// bytes, aligned to
/// 64. Without `work` the calling thread does everything. Weights must be packed for gemm_kernels(). Does not
/// throw.
void q4gemm(const Work* work, const Q4Gemm& product, void* workspace,
            const Q4Kernels& kernels = q4_kernels());
