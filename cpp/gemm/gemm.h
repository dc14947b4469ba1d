#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

#include "../activation/activation.h"
#include "../cpu.h"
#include "../panels/panels.h"

struct Work;

/// Dense float32 matrix products c[m, n] = f(a[m, depth] b[depth, n] + bias + residual): one operand (the
/// weights) is packed ahead, the other as it is needed. A left panel of R rows holds left[k * R + i], a right
/// one of C columns right[k * C + j]; R and C are the kernel's. What lies beyond the matrix is 0. Terms are
/// added in the order of the inner index within a lane; off by at most (depth + 3) * 2^-24 * (sum |a * b| +
/// |bias| + |residual|) to first order before f.

/// What is done to a tile as it is stored: bias, then residual, then activation. Pointers may be null.
struct TileEpilogue {
  const float* row_bias;     // one a row of the tile
  const float* column_bias;  // one a column of the tile
  const float* residual;     // rows `residual_stride` apart
  std::size_t residual_stride;
  Activation activation;
};

/// c[i * stride + j] = f(tile[i * tile_columns + j] + …) for i < rows, j < columns.
using gemm_f32_store = void(const float* tile, std::size_t tile_columns, std::size_t rows,
                            std::size_t columns, const TileEpilogue& epilogue, float* c, std::size_t stride);

/// Product and store in one: c[i * stride + j] = f((add ? tile : 0) + left * right + …), and so for all tiles
/// side by side. The tiles may be changed.
using gemm_f32_finish = void(const TileOperands& operands, const TileEpilogue& epilogue, float* c,
                             std::size_t stride);

struct GemmKernels {
  cpu::Isa isa;
  TileSize size;
  tile_product* product;
  gemm_f32_finish* finish;
  gemm_f32_store* store;
};

/// Beside its functions a variant has the size of its tiles.
#define KERNEL(isa, height, width, vector, beside, keeps)                                       \
  constexpr TileSize gemm_f32_size_##isa = {                                                    \
      .rows = height, .columns = width, .lanes = vector, .tail = beside, .keeps_right = keeps}; \
  tile_product gemm_f32_product_##isa;                                                          \
  gemm_f32_finish gemm_f32_finish_##isa;                                                        \
  gemm_f32_store gemm_f32_store_##isa;
#include "kernels.inc"
#undef KERNEL

std::span<const GemmKernels> gemm_variants();
const GemmKernels& gemm_kernels();

/// A matrix in memory: element (i, k) of a left operand, or (k, i) of a right one, is data[i * outer + k *
/// inner].
struct MatrixView {
  const float* data;
  std::size_t size, depth;  // i < size (m or n), k < depth
  std::size_t outer, inner;
};

/// Floats that the packed matrix takes, and packing itself (`to` aligned to 64 bytes).
std::size_t gemm_packed_size(Side side, std::size_t size, std::size_t depth,
                             const GemmKernels& kernels = gemm_kernels());
void gemm_pack(Side side, const MatrixView& matrix, float* to, const GemmKernels& kernels = gemm_kernels());

/// A single panel of any width: element (first + i, k) goes to to[k * width + i].
void gemm_pack_panel(const MatrixView& matrix, std::size_t first, std::size_t width, float* to);

/// Fills panels of a matrix in memory as they are needed: item i's starts at data + i * item_step.
FillPanels gemm_fill(Side side, const MatrixView& matrix, std::size_t item_step = 0,
                     const GemmKernels& kernels = gemm_kernels());

struct GemmEpilogue {
  /// m values (`bias_side` left: a convolution's channels) or n values (right), may be null. Of item i those
  /// of its packed matrix: bias + (i % packed_items) * bias_step.
  const float* bias = nullptr;
  Side bias_side = Side::left;
  std::size_t bias_step = 0;
  /// Added before the activation; laid out as c, with the same steps. May be c itself. May be null.
  const float* residual = nullptr;
  Activation activation;
};

/// `items` products; item i takes the packed matrix i % packed_items and writes c + i * item_step.
struct Gemm {
  std::size_t items = 1, m, n, depth;
  /// The side packed by gemm_pack, and how many floats one packed matrix is from the next.
  Side packed;
  const float* panels;
  std::size_t packed_step = 0, packed_items = 1;
  /// The other side: gemm_fill, or an im2col of conv/conv.h, with the scratch it needs in bytes.
  FillPanels fill;
  std::size_t scratch = 0;
  /// The same operand as rows in memory, where it lies so: item i's row k starts at rows + i * rows_item_step
  /// + k * rows_step. Read in place where that is faster than filling panels. Only with packed left operands.
  const float* rows = nullptr;
  std::size_t rows_step = 0, rows_item_step = 0;
  /// Rows follow one another, and a vector beyond the last may be read: panels are never filled.
  bool rows_are_dense = false;
  float* c;
  std::size_t stride, item_step = 0;
  GemmEpilogue epilogue;
};

/// Bytes that `gemm` needs beside its operands, for a pool of `threads` threads.
std::size_t gemm_workspace(const Gemm& product, std::size_t threads,
                           const GemmKernels& kernels = gemm_kernels());

/// The same bits for any number of threads. `workspace`: gemm_workspace(product, work ? pool size : 1) bytes,
/// aligned to 64. Without `work` the calling thread does everything. Does not throw.
void gemm(const Work* work, const Gemm& product, void* workspace,
          const GemmKernels& kernels = gemm_kernels());
