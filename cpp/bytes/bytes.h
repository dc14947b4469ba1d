#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

#include "../cpu.h"

/// Kernels on unsigned 8-bit values that lie as they like: rows or planes of four channels.

/// To [low, high], the same bytes on every instruction set:
///   add: q = saturate(roundHalfEven(l * l_ratio + (r * r_ratio + fixed))), each product and sum fused, as
///   onnxruntime's QLinearAdd;
///   mul: q = saturate(roundHalfEven((l - l_zero) * (r - r_zero) * ratio + fixed)), each operation rounded:
///   its QLinearMul up to one step where a product lies at a half.
struct ByteArithmetic {
  bool is_product;
  float l_ratio, r_ratio, fixed;
  float l_zero, r_zero;
  float low, high;
};

/// y[i] from l[i * l_step] and r[i * r_step], i < n; steps 0 or 1.
using byte_arithmetic = void(const ByteArithmetic& how, const std::uint8_t* l, std::size_t l_step,
                             const std::uint8_t* r, std::size_t r_step, std::size_t n, std::uint8_t* y);
/// y[i] from l[i] and r[i % 4]: one value for each of four channels.
using byte_arithmetic_by_channel = void(const ByteArithmetic& how, const std::uint8_t* l,
                                        const std::uint8_t* r, std::size_t n, std::uint8_t* y);
/// words[i] = bytes a[i], b[i], c[i], d[i], and back.
using interleave_bytes = void(const std::uint8_t* const rows[4], std::size_t n, std::uint32_t* words);
using deinterleave_bytes = void(const std::uint32_t* words, std::size_t n, std::uint8_t* const rows[4]);
/// y[i] += x[4 * stride * (i / 4) + i % 4] for i < 4 * n: a tap of a pooling window over words.
using add_words = void(const std::uint8_t* x, std::size_t stride, std::size_t n, std::int32_t* y);

/// sums[k] = the sum of x[i] for i < n with i % 4 = k; n is a multiple of 4, below 2^24.
using sum_words = void(const std::uint8_t* x, std::size_t n, std::int32_t* sums);

/// y[i] = table[x[i]] for i < n; tables have 256 entries.
using look_up_bytes = void(const std::uint8_t* x, std::size_t n, const std::uint8_t* table, std::uint8_t* y);

struct ByteKernels {
  cpu::Isa isa;
  byte_arithmetic* arithmetic;
  byte_arithmetic_by_channel* by_channel;
  interleave_bytes* interleave;
  deinterleave_bytes* deinterleave;
  add_words* add;
  sum_words* sum;
  look_up_bytes* look_up;
};

/// Exact: all variants return the same bytes.
#define KERNEL(isa)                                            \
  byte_arithmetic byte_arithmetic_##isa;                       \
  byte_arithmetic_by_channel byte_arithmetic_by_channel_##isa; \
  interleave_bytes interleave_bytes_##isa;                     \
  deinterleave_bytes deinterleave_bytes_##isa;                 \
  add_words add_words_##isa;                                   \
  sum_words sum_words_##isa;                                   \
  look_up_bytes look_up_bytes_##isa;
#include "kernels.inc"
#undef KERNEL

std::span<const ByteKernels> byte_variants();
const ByteKernels& byte_kernels();
