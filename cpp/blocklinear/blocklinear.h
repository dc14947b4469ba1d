#pragma once
#include "../blockgemm/blockgemm.h"
#include "../qblockgemm/qblockgemm.h"

struct Work;

/// Linear layers whose weights are zero in blocks, for many rows: y[rows, outputs] = f(x[rows, depth]
/// transpose(w) + bias + residual). Kernels and packed weights are those of blockgemm (R outputs by 1 input)
/// and qblockgemm (R outputs by 4 inputs), with rows of x in the place of pixels; errors are theirs. Results
/// are rows, one after the other.

struct BlockLinear {
  std::size_t rows;
  const float* x;
  std::size_t x_step;  // floats from row to row
  const BlockWeights* weights;
  float* y;
  GemmEpilogue epilogue;  // bias: one an output
};

/// Bytes that it needs beside its operands, for a pool of `threads` threads.
std::size_t block_linear_workspace(const BlockLinear& layer, std::size_t threads,
                                   const BlockGemmKernels& kernels = blockgemm_kernels());

/// The same bits for any number of threads. `workspace`: block_linear_workspace(layer, work ? pool size : 1)
/// bytes, aligned to 64. Without `work` the calling thread does everything. Does not throw.
void block_linear(const Work* work, const BlockLinear& layer, void* workspace,
                  const BlockGemmKernels& kernels = blockgemm_kernels());

/// Unsigned bytes by signed weights, exact: weights packed for `kernel`.
struct QBlockLinear {
  std::size_t rows, inputs;  // bytes of a row
  const std::uint8_t* x;
  const QBlockWeights* weights;
  Output output;  // rows, f32, s32 or activated
  void* y;
  /// The one that `output` asks for, as in QGemm.
  Requantize requantize;
  Dequantize dequantize;
  ByteScale to;
};

std::size_t qblock_linear_workspace(const QBlockLinear& layer, std::size_t threads,
                                    const QBlockKernel& kernel);

/// The same bytes for any number of threads; otherwise as block_linear.
void qblock_linear(const Work* work, const QBlockLinear& layer, void* workspace, const QBlockKernel& kernel);
