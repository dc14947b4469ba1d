#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "../conv/tiles.h"
#include "../cpu.h"
#include "../memory/pageVector.h"
#include "../panels/panels.h"
#include "../qgemm/qgemm.h"
#include "planes.h"

struct Work;

/// The convolution form of qgemm for weights that are zero in blocks of R rows by 4 inputs: only blocks that
/// are not all zero are stored and multiplied. Exact in 32 bits. R = 4 or 8, on AMX also 32: there 16 blocks
/// at a time are multiplied as a small dense matrix.

/// tile[i * columns + j] = sum over b < blocks of values[b * R + i] . right[table[indices[b]] + j] for i < R,
/// j < columns, where . is the dot product of four signed by four unsigned bytes; `columns` is that of the
/// variant's tile for R, of which the first `wanted` count. Of kernels that multiply blocks in pairs `blocks`
/// is even, and the values of a pair are each row's two words; see pairs.h. Values may be read up to 16 words
/// beyond the last.
using qblockgemm_product = void(const std::uint32_t* values, const std::uint32_t* indices, std::size_t blocks,
                                const std::uint32_t* right, const std::uint32_t* table, std::size_t wanted,
                                std::int32_t* tile);

/// The kernel for one R and the size of its tiles.
struct QBlockKernel {
  TileSize size;  // rows = R
  qblockgemm_product* product;
  qblockgemm_planes* planes = nullptr;  // null on AMX: tiles are stored to memory anyway
  bool in_pairs = false;
  bool takes_lone_pixels = false;  // of `planes`
};

struct QBlockGemmKernels {
  cpu::Isa isa;
  QBlockKernel four, eight;
};

/// Beside its functions a variant has the size of its tiles.
#define KERNEL(isa, lanes, columns4, columns8, pairs, lone)         \
  constexpr TileSize qblockgemm_size4_##isa = {4, columns4, lanes}; \
  constexpr TileSize qblockgemm_size8_##isa = {8, columns8, lanes}; \
  qblockgemm_product qblockgemm4_##isa, qblockgemm8_##isa;          \
  qblockgemm_planes qblockgemm_planes4_##isa, qblockgemm_planes8_##isa;
#include "kernels.inc"
#undef KERNEL

std::span<const QBlockGemmKernels> qblockgemm_variants();
const QBlockGemmKernels& qblockgemm_kernels();

#ifdef ONNXPRESS_HAS_AMX
/// Blocks of 32 rows, in sixteens: values[step][2][16 rows][16 blocks], indices[step][16].
constexpr TileSize qblockgemm_size32_amx = {32, 32, 16};
qblockgemm_product qblockgemm32_amx;
#endif

/// The kernel for blocks of so many rows, or null where there is none: 32 needs AMX.
const QBlockKernel* qblock_kernel(std::size_t block_rows,
                                  const QBlockGemmKernels& kernels = qblockgemm_kernels());

/// Weights with their zero blocks left out, for one kernel.
struct QBlockWeights {
  static constexpr std::size_t slack = 16;
  std::size_t rows, depth, block_rows;  // depth in words
  std::vector<std::size_t> first;       // of each panel of block_rows rows; one more at the end
  PageVector<std::uint32_t> indices;    // inner index of each block
  PageVector<std::uint32_t> values;     // in the kernel's order, then slack
  std::vector<std::int32_t> sums;       // each row's sum of weights
  std::size_t kept = 0;  // blocks that are not all zero; with those that were split, more are stored

  std::size_t blocks() const { return kept; }
  std::size_t bytes() const {
    return (indices.size() + values.size() + sums.size()) * 4 + first.size() * sizeof(first[0]);
  }
};

/// Packs weights. Panels of 32 rows are filled up to a multiple of 16 blocks. Throws std::bad_alloc.
QBlockWeights pack_qblocks(const WeightView& weights, std::size_t block_rows, const QBlockKernel& kernel);

/// A convolution: `items` are images times groups; item i takes weights[i % weights.size()], all packed for
/// `kernel`, and writes at c + i * item_step. Of c4 planes item_step counts bytes, else elements.
struct QBlockConv {
  std::size_t items = 1, m;
  ConvInput input;
  std::span<const QBlockWeights> weights;
  Output output;  // c4, f32 or s32
  void* c;
  std::size_t item_step = 0;
  Requantize requantize;
  Dequantize dequantize;
};

/// Bytes that it needs beside its operands, for a pool of `threads` threads.
std::size_t qblock_conv_workspace(const QBlockConv& conv, std::size_t threads, const QBlockKernel& kernel);

/// The same bytes for any number of threads. `workspace`: qblock_conv_workspace(conv, work ? pool size : 1,
/// kernel) bytes, aligned to 64. Without `work` the calling thread does everything. Does not throw.
void qblock_conv(const Work* work, const QBlockConv& conv, void* workspace, const QBlockKernel& kernel);
