#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "../conv/tiles.h"
#include "../cpu.h"
#include "../gemm/gemm.h"
#include "../memory/pageVector.h"
#include "../panels/panels.h"

struct Work;

/// Float32 products whose left operand, the weights of a convolution, is zero in blocks of R rows by 1
/// column: only blocks that are not all zero are stored and multiplied. R = 1 is the unstructured case. What
/// is zero is not multiplied even by infinities and NaN. Terms are added in the order of the inner index;
/// errors as for gemm.

/// A panel's blocks by neighboring pixels: values[b * R + i] for i < R is the block of inner index
/// indices[b], whose pixels stand at right + table[indices[b]].
struct BlockTile {
  const float* values;
  const std::uint32_t* indices;
  std::size_t blocks;
  const float* right;
  const std::uint32_t* table;
  std::size_t columns;
};

/// sums[i * step + j] = sum over the blocks for i < R, j < columns; `step` is the columns of the variant's
/// tile for R. Pixels and sums may be touched up to the next multiple of its lanes.
using blockgemm_f32_product = void(const BlockTile& tile, float* sums);

/// Where a finished tile goes, as in gemm_f32_store.
struct BlockResult {
  const TileEpilogue& epilogue;
  float* c;
  std::size_t stride;
};

/// The same, finished and stored; nothing else is touched. A whole tile may have columns beside it
/// (TileSize::tail).
using blockgemm_f32_finish = void(const BlockTile& tile, const BlockResult& result);

/// The kernel for one R and the size of its tiles.
struct BlockKernel {
  TileSize size;  // rows = R
  blockgemm_f32_product* product;
  blockgemm_f32_finish* finish;
};

struct BlockGemmKernels {
  cpu::Isa isa;
  BlockKernel one, four, eight;

  const BlockKernel& of(std::size_t rows) const { return rows == 1 ? one : rows == 4 ? four : eight; }
};

/// Beside its functions a variant has the size of its tiles.
#define KERNEL(isa, lanes, columns1, columns4, columns8)                                   \
  constexpr TileSize blockgemm_size1_##isa = {1, columns1, lanes};                         \
  constexpr TileSize blockgemm_size4_##isa = {4, columns4, lanes, 1, 1, 256, (lanes) / 4}; \
  constexpr TileSize blockgemm_size8_##isa = {8, columns8, lanes, 1, 1, 256, (lanes) / 8}; \
  blockgemm_f32_product blockgemm1_f32_##isa, blockgemm4_f32_##isa, blockgemm8_f32_##isa;  \
  blockgemm_f32_finish blockgemm1_f32_finish_##isa, blockgemm4_f32_finish_##isa, blockgemm8_f32_finish_##isa;
#include "kernels.inc"
#undef KERNEL

std::span<const BlockGemmKernels> blockgemm_variants();
const BlockGemmKernels& blockgemm_kernels();

/// Weights with their zero blocks left out.
struct BlockWeights {
  std::size_t rows, depth, block_rows;  // block_rows: 1, 4 or 8
  std::vector<std::size_t> first;       // of each panel of block_rows rows; one more at the end
  PageVector<std::uint32_t> indices;    // inner index of each block
  PageVector<float> values;             // block_rows a block

  std::size_t blocks() const { return indices.size(); }
  std::size_t bytes() const {
    return indices.size() * 4 + values.size() * 4 + first.size() * sizeof(first[0]);
  }
};

/// Packs a matrix of m rows whose row i is data + i * outer (MatrixView of a left operand). Throws
/// std::bad_alloc.
BlockWeights pack_blocks(const MatrixView& matrix, std::size_t block_rows);

/// A convolution: `items` are images times groups; item i takes weights[i % weights.size()], all packed with
/// the same block_rows, and writes m planes of pixels at c + i * item_step.
struct BlockConv {
  std::size_t items = 1, m;
  ConvInput input;
  std::span<const BlockWeights> weights;
  float* c;
  std::size_t item_step = 0;
  GemmEpilogue epilogue;  // bias_side left
  /// Of a result in two halves, `c` and the residual being the upper ones: the lower half of its rows, again
  /// plane by plane. One item, whose m is a multiple of block_rows, of an even number of rows.
  float* lower_c = nullptr;
  const float* lower_residual = nullptr;

  std::size_t plane() const { return input.shape.pixels() / (lower_c ? 2 : 1); }
};

/// Bytes that it needs beside its operands, for a pool of `threads` threads.
std::size_t block_conv_workspace(const BlockConv& conv, std::size_t threads,
                                 const BlockGemmKernels& kernels = blockgemm_kernels());

/// The same bits for any number of threads. `workspace`: block_conv_workspace(conv, work ? pool size : 1)
/// bytes, aligned to 64. Without `work` the calling thread does everything. Does not throw.
void block_conv(const Work* work, const BlockConv& conv, void* workspace,
                const BlockGemmKernels& kernels = blockgemm_kernels());
