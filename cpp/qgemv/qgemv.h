#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

#include "../cpu.h"
#include "../gemv/parts.h"
#include "../qblockgemm/qblockgemm.h"
#include "../qgemm/qgemm.h"
#include "bitmap.h"

struct Work;

/// 8-bit products of at most four rows by constant weights, exact in 32 bits: unsigned activations by signed
/// weights, four neighbors of the inner dimension in a word. Each weight is read once and used at once, so
/// memory's bandwidth is the limit. Outputs are the lanes of vectors in all forms of weights.

/// sums[r * width + j] = the product of the words x[r, k] and panel[k * width + j], over k < depth, for r <
/// rows, j < width; row r of x stands at x + r * x_step bytes. `width` is a multiple of the variant's lanes,
/// the panel one of qgemm's right panels.
using gemv_s8_panel = void(const std::uint8_t* x, std::size_t x_step, std::size_t rows,
                           const std::uint32_t* panel, std::size_t width, std::size_t depth,
                           std::int32_t* sums);

/// sums[j] = the product of the words x[indices[b]] and values[16 b + j], over b < blocks, for j < 16.
using gemv_s8_blocks = void(const std::uint8_t* x, const std::uint32_t* values, const std::uint32_t* indices,
                            std::size_t blocks, std::int32_t* sums);

/// sums[j] = the product of the words x[k] and w[k, j], over k < depth, for j < 16, where byte e of w[k, j]
/// is the next value if bit 4 j + e of masks[k] is set, and 0 if not. Values may be read up to 64 beyond the
/// last.
using gemv_s8_bitmap = void(const std::uint8_t* x, const std::int8_t* values, const std::uint64_t* masks,
                            std::size_t depth, std::int32_t* sums);

struct QGemvKernels {
  cpu::Isa isa;
  gemv_s8_panel* panel;
  gemv_s8_blocks* blocks;
  /// Null where expanding weights takes longer than reading zeros.
  gemv_s8_bitmap* bitmap;
};

#define KERNEL(isa, bitmap)          \
  gemv_s8_panel gemv_s8_panel_##isa; \
  gemv_s8_blocks gemv_s8_blocks_##isa;
#include "kernels.inc"
#undef KERNEL
#ifdef ONNXPRESS_HAS_AVX512VBMI2
gemv_s8_bitmap gemv_s8_bitmap_avx512vbmi2;
#endif

std::span<const QGemvKernels> qgemv_variants();
const QGemvKernels& qgemv_kernels();

/// What all forms have in common. Results are rows, one after the other.
struct QGemvRows {
  std::size_t rows;  // at most most_gemv_rows
  std::size_t outputs, inputs;
  const std::uint8_t* x;  // rows of `inputs` bytes, one after the other
  Output output;          // rows, f32 or s32
  void* y;
  /// The one that `output` asks for, as in QGemm.
  Requantize requantize;
  Dequantize dequantize;
};

/// Bytes that each of these needs: rows in whole words.
std::size_t qgemv_workspace(const QGemvRows& rows);

/// qgemm's right panels of `width` columns, `step` words apart.
struct QPanels {
  const std::uint32_t* data;
  std::size_t width, step;

  QPanels(const std::uint32_t* from, std::size_t outputs, std::size_t depth, const QGemmKernels& packer);
};

/// By dense weights. The same bytes for any number of threads, here and below; without `work` the calling
/// thread does everything. Does not throw.
void qgemv(const Work* work, const QGemvRows& rows, const QPanels& panels, void* workspace,
           const QGemvKernels& kernels = qgemv_kernels());

/// 16 x 4 blocks as these kernels read them, on every instruction set.
inline constexpr QBlockKernel gemv_block_format{{16, 1, 1}, nullptr};

/// By weights packed in blocks of 16 outputs by 4 inputs, for gemv_block_format.
void qgemv_blocks(const Work* work, const QGemvRows& rows, const QBlockWeights& weights, void* workspace,
                  const QGemvKernels& kernels = qgemv_kernels());

/// By weights with a bitmap of those that are not zero. The variant must have a kernel for it.
void qgemv_bitmap(const Work* work, const QGemvRows& rows, const QBitmapWeights& weights, void* workspace,
                  const QGemvKernels& kernels = qgemv_kernels());
