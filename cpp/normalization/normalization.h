#pragma once
#include <cstddef>
#include <span>
#include <vector>

#include "../cpu.h"
#include "../quantize/quantize.h"

struct Work;

/// Sums run over 16 lanes in order, so all variants return the same bits.
///
/// softmax: y[i] = e^(x[i] - max) / sum of e^(x[j] - max); logarithmic: x[i] - max - ln(sum). Off by at most
/// 2^-21 + n * 2^-26 + |x[i] - max| * 2^-24 of the result (plus as much of x[i] - max when logarithmic). n >
/// 0; y may be x.
using softmax_row_f32 = void(const float* x, std::size_t n, bool logarithmic, float* y);

/// Softmax of x[i] * factor + mask[i], each step rounded; `mask` may be null. y may be x.
using masked_softmax_row_f32 = void(const float* x, std::size_t n, float factor, const float* mask, float* y);

/// y[i] = (x[i] - mean) / sqrt(variance + epsilon) * scale[i * step] + shift[i * step], scale and shift with
/// step 1, or 0 for one number each; null for 1 and 0. (Ba, Kiros and Hinton, arXiv:1607.06450.) n > 0; y may
/// be x.
struct NormalizedRow {
  std::size_t n;
  float epsilon;
  const float *scale, *shift;
  std::size_t step;
  /// Leaves out the mean: RMSNormalization.
  bool keeps_mean = false;
};
/// Rows that a kernel takes at once: their sums need not wait for one another.
inline constexpr std::size_t most_normalized = 4;
/// 0 < rows <= most_normalized rows, one after the other.
using normalize_rows_f32 = void(const float* x, std::size_t rows, const NormalizedRow& row, float* y);

struct NormalizationKernels {
  cpu::Isa isa;
  softmax_row_f32* softmax;
  normalize_rows_f32* normalize;
  masked_softmax_row_f32* masked_softmax;
};

#define KERNEL(isa)                            \
  softmax_row_f32 softmax_row_f32_##isa;       \
  normalize_rows_f32 normalize_rows_f32_##isa; \
  masked_softmax_row_f32 masked_softmax_row_f32_##isa;
#include "kernels.inc"
#undef KERNEL

std::span<const NormalizationKernels> normalization_variants();
const NormalizationKernels& normalization_kernels();

/// Softmax of x[outer, n, inner] along n.
void softmax(const Work& work, const float* x, std::size_t outer, std::size_t n, std::size_t inner,
             bool logarithmic, float* y);

/// Axes that rows lie in, the last one fastest, and how far apart they are along each.
struct RowAxes {
  std::vector<std::size_t> sizes, strides;

  std::size_t offset(std::size_t row) const;
  /// Those of the `count` rows from `first` on.
  void offsets(std::size_t first, std::size_t count, std::size_t* to) const;
};

/// What attention does to its scores before softmax: x * factor + mask.
struct ScoreMask {
  float factor = 1;
  /// Of row r the n numbers at mask + rows.offset(r); may be null.
  const float* mask = nullptr;
  /// Strides are 0 where the mask is broadcast.
  RowAxes rows;
};

/// Softmax of x * factor + mask along the last axis of x[rows, n].
void masked_softmax(const Work& work, const float* x, std::size_t rows, std::size_t n, const ScoreMask& mask,
                    float* y);

/// `rows` rows of row.n elements. With row.step = 0 row r takes scale and shift [r % channels].
void normalize_rows(const Work& work, const float* x, std::size_t rows, const NormalizedRow& row,
                    std::size_t channels, float* y);

/// What QuantizeLinear makes of rows, with one scale and zero point.
struct RowBytes {
  QuantizeRule rule;
  std::uint8_t* q;
};

/// Rows of elements (row.step = 1) and their bytes, made while a row is in the cache. `y` may be null.
void normalize_rows_to_bytes(const Work& work, const float* x, std::size_t rows, const NormalizedRow& row,
                             const RowBytes& bytes, float* y);
