#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

#include "qblockgemm.h"

/// A convolution to C4 planes by `planes` kernels: sums never go to memory. Items are images times groups;
/// item i takes weights[i % weights.size()] and writes at c + i * item_step, m % 4 = 0 where there are
/// several groups. Weights without indices have all of them.
struct PlanesConv {
  std::size_t items, m;
  ConvInput input;
  std::span<const WeightPanels> weights;
  std::uint8_t* c;
  std::size_t item_step;
  Requantize requantize;  // channel values of all items
};

/// The kernel that takes the left panels of these kernels as they are, or null where there is none.
const QBlockKernel* dense_planes_kernel(const QGemmKernels& dense = qgemm_kernels());

/// The rule for one item, by that for all: its group's channel values and its part of the other tensor.
Requantize requantize_of_item(const Requantize& all, std::size_t item, std::size_t groups, std::size_t m,
                              std::size_t item_step);

/// Bytes that it needs beside its operands, for a pool of `threads` threads.
std::size_t planes_workspace(const PlanesConv& conv, std::size_t threads, const QBlockKernel& kernel);
/// The same bytes for any number of threads; see qblock_conv.
void planes_conv(const Work* work, const PlanesConv& conv, void* workspace, const QBlockKernel& kernel);
