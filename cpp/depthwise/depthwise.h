#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

#include "../activation/activation.h"
#include "../conv/conv.h"
#include "../cpu.h"
#include "../qgemm/requantize.h"

struct Work;

/// Depthwise convolutions: each channel of the image has kernels of its own. Any kernel, stride, dilation and
/// pad.

/// tile[p] = bias + sum over t < count of source[taps[t] + p] * weights[t] for p < pixels. Up to 15 words
/// beyond are read and written. Terms are added in the order of t, fused where the instruction set can.
using depthwise_f32_product = void(const float* source, const std::size_t* taps, std::size_t count,
                                   const float* weights, float bias, std::size_t pixels, float* tile);

/// The same for words of four unsigned 8-bit channels: tile[e * tile_step + p] is channel e's sum, and byte e
/// of weights[t] its signed weight of tap t.
using depthwise_u8_product = void(const std::uint32_t* source, const std::size_t* taps, std::size_t count,
                                  const std::uint32_t* weights, std::size_t pixels, std::int32_t* tile,
                                  std::size_t tile_step);

/// Images of `channels` planes, NCHW; `outputs` planes come from each of them, as ONNX orders them: weights
/// are [channels * outputs][taps].
struct Depthwise {
  std::size_t images = 1, channels, outputs = 1;
  ConvShape shape;  // of one plane: shape.channels = 1
  const float* x;
  const float* weights;
  float* c;
  const float* bias = nullptr;      // one a plane of the result, or null
  const float* residual = nullptr;  // laid out as c, may be c itself; added before the activation
  Activation activation;
};

/// Planes first … last - 1 of the result of a layer of 3 x 3 or 5 x 5 kernels with strides of 1 or 2, or 7 x
/// 7 ones without, no dilation, and rows of at most 16 * most_row_vectors output pixels. Nothing else is
/// touched.
using depthwise_f32_planes = void(const Depthwise& layer, std::size_t first, std::size_t last);

inline constexpr std::size_t most_row_vectors = 64;

/// Images of ceil(channels / 4) planes of four channels, C4. `requantize` as in the convolution form of
/// qgemm; bytes of channels beyond the last are written as 0. Give the zero point of x, which pads the image;
/// its share of the sums belongs into the bias.
struct QDepthwise {
  std::size_t images = 1, channels;
  ConvShape shape;  // of one plane: shape.channels = 1
  const std::uint8_t* x;
  std::uint8_t x_zero_point = 0;
  const std::uint32_t* weights;  // from qdepthwise_pack
  std::uint8_t* c;
  Requantize requantize;
};

/// Output rows first … last of one plane of the result, for the same kernels. Requantize::small is set.
using depthwise_u8_rows = void(const QDepthwise& layer, std::size_t plane, std::size_t first,
                               std::size_t last);

struct DepthwiseKernels {
  cpu::Isa isa;
  depthwise_f32_product* floats;
  depthwise_u8_product* bytes;
  /// Take the place of `floats` and `bytes` where they can, unless they are null.
  depthwise_f32_planes* planes;
  depthwise_u8_rows* rows;
};

#define KERNEL(isa, planes, rows)            \
  depthwise_f32_product depthwise_f32_##isa; \
  depthwise_u8_product depthwise_u8_##isa;
#include "kernels.inc"
#undef KERNEL
depthwise_f32_planes depthwise_f32_planes_avx512vnni, depthwise_f32_planes_avx2;
depthwise_u8_rows depthwise_u8_rows_avx512vnni, depthwise_u8_rows_avx2;

std::span<const DepthwiseKernels> depthwise_variants();
const DepthwiseKernels& depthwise_kernels();

/// Words that packed weights take, and packing int8 weights [channels][taps] as words of four channels,
/// [ceil(channels / 4)][taps], 0 beyond the last. Each channel's sum of weights goes to `sums` unless it is
/// null.
std::size_t qdepthwise_packed_size(std::size_t channels, std::size_t taps);
void qdepthwise_pack(const std::int8_t* weights, std::size_t channels, std::size_t taps, std::uint32_t* to,
                     std::int32_t* sums);

/// Bytes that either needs beside its operands, for a pool of `threads` threads.
std::size_t depthwise_workspace(const ConvShape& shape, std::size_t threads);

/// The same result for any number of threads. `workspace`: depthwise_workspace(shape, work ? pool size : 1)
/// bytes, aligned to 64. Without `work` the calling thread does everything. Do not throw.
void depthwise(const Work* work, const Depthwise& layer, void* workspace,
               const DepthwiseKernels& kernels = depthwise_kernels());
void depthwise(const Work* work, const QDepthwise& layer, void* workspace,
               const DepthwiseKernels& kernels = depthwise_kernels());
