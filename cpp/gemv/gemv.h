#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

#include "../blockgemm/blockgemm.h"
#include "../cpu.h"
#include "../gemm/gemm.h"
#include "bitmap.h"
#include "parts.h"

struct Work;

/// Float32 products of at most four rows by constant weights: y[rows, outputs] = f(x[rows, depth]
/// transpose(w) + bias + residual). Each weight is read once and used at once, so memory's bandwidth is the
/// limit, and fewer bytes are what makes it faster. Outputs are the lanes of vectors in all forms of weights.
/// Errors are gemm's: terms are added in the order of the inner index, those of zero left out, in four sums
/// where weights are sparse.

/// sums[r * width + j] = sum over k < depth of x[r * x_step + k] * panel[k * width + j] for r < rows, j <
/// width; width a multiple of the variant's lanes, panel one of gemm's right panels.
using gemv_f32_panel = void(const float* x, std::size_t x_step, std::size_t rows, const float* panel,
                            std::size_t width, std::size_t depth, float* sums);

/// sums[j] = sum over b < blocks of x[indices[b]] * values[16 b + j] for j < 16.
using gemv_f32_blocks = void(const float* x, const float* values, const std::uint32_t* indices,
                             std::size_t blocks, float* sums);

/// sums[j] = sum over k < depth of x[k] * w[k, j] for j < 16, where w[k, j] is the next value if bit j of
/// masks[k] is set, and 0 if not. Values may be read up to 16 beyond the last.
using gemv_f32_bitmap = void(const float* x, const float* values, const std::uint16_t* masks,
                             std::size_t depth, float* sums);

struct GemvKernels {
  cpu::Isa isa;
  gemv_f32_panel* panel;
  gemv_f32_blocks* blocks;
  /// Null where expanding weights takes longer than reading zeros.
  gemv_f32_bitmap* bitmap;
};

#define KERNEL(isa, bitmap)            \
  gemv_f32_panel gemv_f32_panel_##isa; \
  gemv_f32_blocks gemv_f32_blocks_##isa;
#include "kernels.inc"
#undef KERNEL
#ifdef ONNXPRESS_HAS_AVX512
gemv_f32_bitmap gemv_f32_bitmap_avx512;
#endif

std::span<const GemvKernels> gemv_variants();
const GemvKernels& gemv_kernels();

/// What all forms have in common. Results are rows, one after the other.
struct GemvRows {
  std::size_t rows;  // at most most_gemv_rows
  std::size_t outputs, depth;
  const float* x;  // rows one after the other
  float* y;
  GemmEpilogue epilogue;  // bias: one an output
};

/// By dense weights in gemm's right panels, `width` columns each. The same bits for any number of threads,
/// here and below; without `work` the calling thread does everything. Does not throw.
void gemv(const Work* work, const GemvRows& rows, const float* panels, std::size_t width,
          const GemvKernels& kernels = gemv_kernels());

/// By weights packed in blocks of 16 outputs by 1 input.
void gemv_blocks(const Work* work, const GemvRows& rows, const BlockWeights& weights,
                 const GemvKernels& kernels = gemv_kernels());

/// By weights with a bitmap of those that are not zero. The variant must have a kernel for it.
void gemv_bitmap(const Work* work, const GemvRows& rows, const BitmapWeights& weights,
                 const GemvKernels& kernels = gemv_kernels());
