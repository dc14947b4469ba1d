#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

#include "../cpu.h"

struct Work;

/// 16-bit floats, as bits, to float32 and back. IEEE 754 binary16 ("float16") and its float32-range sibling
/// with 8 bits of precision ("bfloat16"). To float32 is exact; from float32 rounds to nearest, ties to even,
/// overflows to infinity, keeps subnormals. NaN stays NaN, made quiet, with the top bits of its payload;
/// bfloat16 to float32 keeps all bits. Every variant returns the same bits.
using widen_16bit = void(const std::uint16_t* bits, std::size_t n, float* y);
using narrow_f32 = void(const float* x, std::size_t n, std::uint16_t* bits);

struct ConvertKernels {
  cpu::Isa isa;
  widen_16bit* from_f16;
  narrow_f32* to_f16;
  widen_16bit* from_bf16;
  narrow_f32* to_bf16;
};

#define KERNEL(isa)                   \
  widen_16bit convert_f16_f32_##isa;  \
  narrow_f32 convert_f32_f16_##isa;   \
  widen_16bit convert_bf16_f32_##isa; \
  narrow_f32 convert_f32_bf16_##isa;
#include "kernels.inc"
#undef KERNEL

std::span<const ConvertKernels> convert_variants();
const ConvertKernels& convert_kernels();

void widen(const Work& work, widen_16bit* kernel, const std::uint16_t* bits, std::size_t n, float* y);
void narrow(const Work& work, narrow_f32* kernel, const float* x, std::size_t n, std::uint16_t* bits);
