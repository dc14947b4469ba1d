#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

#include "../cpu.h"
#include "../panels/panels.h"
#include "requantize.h"

struct Work;

/// Products of 8-bit integers, exact in 32 bits: unsigned activations by signed weights, four neighbors of
/// the inner dimension in a word. The convolution form has weights on the left (rows are output channels) and
/// C4 pixels on the right, and writes C4: byte e of word p of plane g is channel 4 g + e of pixel p. The
/// linear form has rows of activations on the left and weights on the right (columns are channels). Weights
/// are int8 with zero point 0; those of onnxruntime with a zero point z are packed as w - z when that fits.
/// The share of the activations' zero point, -zero_point * sum of the channel's weights, goes into the bias.
/// Sums wrap modulo 2^32; below 65 793 terms they cannot.

enum class Output : std::uint8_t {
  c4,    // bytes in planes of four channels (convolution form)
  rows,  // bytes in rows (linear form)
  f32,   // float32 in rows [m][n]
  s32,   // the sums plus bias, in rows [m][n]
  // What f32 would write, quantized by `to`, in rows (linear form). Here gelu_erf may be off by 3e-7,
  // 2^-22 of the result and 2^-15 of a step.
  activated
};

/// Stores rows … by columns … of a tile. `c` and, where there is one, `other` or `residual` point at the
/// tile's first element, channel values at its first row (convolution form) or column (linear form).
/// `stride`: elements from row to row; of c4 bytes from plane to plane. Bytes of c4 beyond the last row of
/// the tile's last plane are written as 0.
using qgemm_store_bytes = void(const std::int32_t* tile, std::size_t tile_columns, std::size_t rows,
                               std::size_t columns, const Requantize& how, std::uint8_t* c,
                               std::size_t stride);
using qgemm_store_f32 = void(const std::int32_t* tile, std::size_t tile_columns, std::size_t rows,
                             std::size_t columns, const Dequantize& how, Side channels, float* c,
                             std::size_t stride);
using qgemm_store_activated = void(const std::int32_t* tile, std::size_t tile_columns, std::size_t rows,
                                   std::size_t columns, const Dequantize& how, const ByteScale& to,
                                   std::uint8_t* c, std::size_t stride);

struct QGemmKernels {
  cpu::Isa isa;
  /// depth_step: so many words of a row lie together in a left panel. With left_words = 2 a word is stored as
  /// two pairs of 16 bits: bytes 0 and 2, then bytes 1 and 3.
  TileSize size;
  /// Which operand is signed: the left one in the convolution form, the right one in the linear form.
  tile_product_ahead *signed_left, *signed_right;
  qgemm_store_bytes *store_c4, *store_rows;
  qgemm_store_f32* store_f32;
  qgemm_store_activated* store_activated;
  void (*enter)();
  void (*leave)();
};

/// Beside its functions a variant has the size of its tiles.
#define KERNEL(isa, rows, columns, lanes, group, words, chunk)                       \
  constexpr TileSize qgemm_size_##isa = {rows, columns, lanes, group, words, chunk}; \
  tile_product_ahead qgemm_signed_left_##isa, qgemm_signed_right_##isa;              \
  qgemm_store_bytes qgemm_store_c4_##isa, qgemm_store_rows_##isa;                    \
  qgemm_store_f32 qgemm_store_f32_##isa;                                             \
  qgemm_store_activated qgemm_store_activated_##isa;                                 \
  void qgemm_enter_##isa();                                                          \
  void qgemm_leave_##isa();
#include "kernels.inc"
#undef KERNEL

std::span<const QGemmKernels> qgemm_variants();
const QGemmKernels& qgemm_kernels();

/// Weights in memory: channel i < size, input k < inputs, tap t < taps (of a convolution) at
/// data[i * outer + k * inner + t].
struct WeightView {
  const std::int8_t* data;
  std::size_t size, inputs, taps = 1;
  std::size_t outer, inner;

  /// Words of the inner dimension, in the order of a C4 im2col: (k / 4, t).
  std::size_t depth() const { return (inputs + 3) / 4 * taps; }
};

/// Words that packed weights take, and packing itself (`to` aligned to 64 bytes). Writes each channel's sum
/// of weights to `sums` unless it is null. Side::left for the convolution form.
std::size_t qgemm_packed_size(Side side, std::size_t size, std::size_t depth,
                              const QGemmKernels& kernels = qgemm_kernels());
void qgemm_pack(Side side, const WeightView& weights, std::uint32_t* to, std::int32_t* sums,
                const QGemmKernels& kernels = qgemm_kernels());

/// Fills left panels of the linear form: row i of item at data + item * item_step + i * stride, `inputs`
/// bytes.
FillPanels qgemm_fill(const std::uint8_t* data, std::size_t rows, std::size_t inputs, std::size_t stride,
                      std::size_t item_step = 0, const QGemmKernels& kernels = qgemm_kernels());

/// `items` products; item i takes the packed weights i % packed_items and writes at c + i * item_step.
struct QGemm {
  std::size_t items = 1, m, n, depth;  // depth in words
  /// Left: convolution form, `fill` is conv_fill. Right: linear form, `fill` is qgemm_fill.
  Side packed;
  const std::uint32_t* panels;
  std::size_t packed_step = 0, packed_items = 1;  // words
  FillPanels fill;
  std::size_t scratch = 0;
  /// The left operand of the linear form as qgemm_fill takes it, if its rows are of whole words; read in
  /// place where the kernel can.
  const std::uint8_t* rows = nullptr;
  std::size_t rows_step = 0, rows_item_step = 0;
  Output output;
  void* c;
  /// In elements of the result. c4: bytes from plane to plane (4 * pixels); m % 4 = 0 when packed_items > 1.
  std::size_t stride, item_step = 0;
  /// The one that `output` asks for; s32 takes only the bias of `requantize`. Channel values of item i are
  /// those from (i % packed_items) * (m or n) on; `other` and `residual` have the steps of c.
  Requantize requantize;
  Dequantize dequantize;
  ByteScale to;
};

/// Bytes that `qgemm` needs beside its operands, for a pool of `threads` threads.
std::size_t qgemm_workspace(const QGemm& product, std::size_t threads,
                            const QGemmKernels& kernels = qgemm_kernels());

/// The same bytes for any number of threads. `workspace`: qgemm_workspace(product, work ? pool size : 1)
/// bytes, aligned to 64. Without `work` the calling thread does everything. Does not throw.
void qgemm(const Work* work, const QGemm& product, void* workspace,
           const QGemmKernels& kernels = qgemm_kernels());
