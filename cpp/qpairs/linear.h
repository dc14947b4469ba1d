#pragma once
#include "qpairs.h"

struct Work;

/// The linear form of qgemm by paired weights: y[rows, outputs] = f(x[rows, inputs] transpose(w)). Weights
/// are the left operand here, as a byte of the rest would hit whole vectors of outputs else; rows of x are
/// packed as columns, and tiles turned as they are stored. Exact in 32 bits.
struct QPairLinear {
  std::size_t rows, inputs;  // bytes of a row
  const std::uint8_t* x;     // rows one after the other
  const QPairWeights* weights;
  Output output;  // rows, f32, s32 or activated
  void* y;        // rows one after the other
  /// The one that `output` asks for, as in QGemm.
  Requantize requantize;
  Dequantize dequantize;
  ByteScale to;
};

/// Bytes that it needs beside its operands, for a pool of `threads` threads.
std::size_t qpair_linear_workspace(const QPairLinear& layer, std::size_t threads,
                                   const QPairKernels& kernels);

/// The same bytes for any number of threads. `workspace`: qpair_linear_workspace(layer, work ? pool size : 1,
/// kernels) bytes, aligned to 64. Without `work` the calling thread does everything. Does not throw.
void qpair_linear(const Work* work, const QPairLinear& layer, void* workspace, const QPairKernels& kernels);
