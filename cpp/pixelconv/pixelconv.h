#pragma once
#include <cstddef>

#include "../conv/conv.h"
#include "../gemv/gemv.h"

/// Float32 convolutions to fewer pixels than a vector has lanes. So outputs are the lanes, what a pixel's
/// taps read is a row, and weights are used as soon as they are read, by four rows at once (cpp/gemv).
/// Numbers and errors are those of gemv.
struct PixelConv {
  std::size_t images, m;  // of one group
  ConvShape shape;
  const float *x, *weights;  // [m, depth] in gemm's right panels
  float* y;
  /// Biases one a channel; the residual is laid out as y, and may be y itself.
  GemmEpilogue epilogue;
};

/// Bytes that `pixel_conv` needs beside its operands.
std::size_t pixel_conv_workspace(const PixelConv& layer);

/// The same bits for any number of threads. `workspace`: aligned to 64. Without `work` the calling thread
/// does everything. Does not throw.
void pixel_conv(const Work* work, const PixelConv& layer, void* workspace,
                const GemvKernels& kernels = gemv_kernels());
