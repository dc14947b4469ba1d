#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

#include "../cpu.h"
#include "../layout.h"

struct Work;

/// Sums over pairs (a, b) of a reference and what came of it, in double:
///
///   signal = sum a^2    energy = sum b^2    dot = sum a*b    noise = sum (a-b)^2    largest = max |a-b|
///
/// Element i of a piece is added to lane i mod 8; the lanes are added as ((0+4)+(2+6)) + ((1+5)+(3+7)), the
/// pieces (64 Ki elements) in order. Every variant and every number of threads returns the same bits.
/// Products of two floats are exact in double, so with p pieces each sum is off by at most (8192 + 3 + p) *
/// 2^-53 * sum |terms| (noise: 3 more roundings a term). NaN and infinities make the sums they enter NaN or
/// infinite; `largest` leaves NaN out.
struct ErrorSums {
  double signal, noise, dot, energy, largest;
};

using error_sums_f32 = ErrorSums(const float* a, const float* b, std::size_t n);

/// The integers of QuantizeLinear and the floats that DequantizeLinear makes of them, q clamped to [qmin,
/// qmax]:
///
///   q = clamp(roundHalfEven(x / scale) + zero_point),   error = x - float(q - zero_point) * scale
///
/// Product in float32, difference and square in double.
struct FakeQuantize {
  float scale;
  std::int32_t zero_point, qmin, qmax;
};

struct FakeQuantizeColumns {
  const float* scale;
  const std::int32_t* zero_point;
  std::int32_t qmin, qmax;
};

/// Sum of error^2 over x[0 … n), in the eight lanes above. x NaN or infinite: the sum is not finite either.
using quantization_error_f32 = double(const float* x, std::size_t n, const FakeQuantize& rule);

/// sums[j] += error^2 of x[r * stride + j], for r < rows in order and j < columns.
using quantization_error_columns_f32 = void(const float* x, std::size_t rows, std::size_t stride,
                                            std::size_t columns, const FakeQuantizeColumns& rule,
                                            double* sums);

struct ErrorSumKernels {
  cpu::Isa isa;
  error_sums_f32* sums;
  quantization_error_f32* run;
  quantization_error_columns_f32* columns;
};

#define KERNEL(isa)                                    \
  error_sums_f32 error_sums_f32_##isa;                 \
  quantization_error_f32 quantization_error_f32_##isa; \
  quantization_error_columns_f32 quantization_error_columns_f32_##isa;
#include "kernels.inc"
#undef KERNEL

std::span<const ErrorSumKernels> error_sum_variants();
const ErrorSumKernels& error_sum_kernels();

ErrorSums error_sums(const Work& work, const float* a, const float* b, std::size_t n);

/// Sum of error^2 a channel, with one scale and one zero point a channel.
void quantization_error(const Work& work, const float* x, const Layout& layout,
                        const FakeQuantizeColumns& rule, double* sums);
