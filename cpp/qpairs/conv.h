#pragma once
#include <span>

#include "qpairs.h"

struct Work;

/// A convolution to C4 planes by paired weights. Items are images times groups; item i takes
/// weights[i % weights.size()] and writes at c + i * item_step, m % 4 = 0 where there are several groups.
struct QPairConv {
  std::size_t items, m;
  ConvInput input;
  std::span<const QPairWeights> weights;
  std::uint8_t* c;
  std::size_t item_step;
  Requantize requantize;  // channel values of all items
};

/// Bytes that it needs beside its operands, for a pool of `threads` threads.
std::size_t qpair_conv_workspace(const QPairConv& conv, std::size_t threads, const QPairKernels& kernels);

/// The same bytes for any number of threads. `workspace`: qpair_conv_workspace(conv, work ? pool size : 1,
/// kernels) bytes, aligned to 64. Without `work` the calling thread does everything. Does not throw.
void qpair_conv(const Work* work, const QPairConv& conv, void* workspace, const QPairKernels& kernels);
