#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

#include "../cpu.h"

struct Work;

enum class Pooling : unsigned char { max, average };

/// One axis of a window: out[o] looks at in[o * stride + k * dilation - pad] for k < kernel.
struct WindowAxis {
  std::size_t in, out, kernel, stride, dilation;
  std::int64_t pad;

  /// The outputs whose tap k lies inside the input: [first, last).
  std::size_t first(std::size_t k) const;
  std::size_t last(std::size_t k) const;
  /// How many taps of output o count: those inside the input, and where `counts_padding` those that lie no
  /// further than the padding, `end_pad` behind it.
  std::size_t taps(std::size_t o, bool counts_padding, std::int64_t end_pad) const;
  /// Where tap k of output o lies.
  std::int64_t at(std::size_t o, std::size_t k) const {
    return static_cast<std::int64_t>(o * stride + k * dilation) - pad;
  }
};

struct Window {
  WindowAxis height, width;
};

/// y[i] = the maximum or the sum of taps[k][i] over k, one after the other, for i < n; at least one tap. NaN
/// stays NaN. Exact: all variants return the same bits.
using pool_join_f32 = void(Pooling kind, std::span<const float* const> taps, std::size_t n, float* y);

/// The same for words of four unsigned bytes, their maximum byte by byte.
using pool_join_u8 = void(std::span<const std::uint32_t* const> taps, std::size_t n, std::uint32_t* y);

struct PoolingKernels {
  cpu::Isa isa;
  pool_join_f32* join;
  pool_join_u8* join_bytes;
};

#define KERNEL(isa)                  \
  pool_join_f32 pool_join_f32_##isa; \
  pool_join_u8 pool_join_u8_##isa;
#include "kernels.inc"
#undef KERNEL

std::span<const PoolingKernels> pooling_variants();
const PoolingKernels& pooling_kernels();

/// ONNX's MaxPool and AveragePool of planes x[planes, height.in, width.in]. Taps outside the input do not
/// count for max, and count for average (as zeros) when `counts_padding`; then those beyond the explicit
/// padding, which only a rounded-up output size reaches, still do not: `end_pad` says how far it goes behind
/// the input.
struct PoolSpec {
  Pooling kind;
  Window window;
  bool counts_padding;
  std::int64_t end_pad_height, end_pad_width;
};

/// Bytes that `pool` needs beside its operands, for a pool of `threads` threads.
std::size_t pool_workspace(const PoolSpec& spec, std::size_t threads);

/// `workspace`: pool_workspace(spec, pool size) bytes, aligned to 64. Does not throw.
void pool(const Work& work, const float* x, std::size_t planes, const PoolSpec& spec, float* y,
          void* workspace);
/// Maximum of planes of words of four unsigned bytes; where no tap is inside, 0.
void pool(const Work& work, const std::uint32_t* x, std::size_t planes, const PoolSpec& spec,
          std::uint32_t* y, void* workspace);
