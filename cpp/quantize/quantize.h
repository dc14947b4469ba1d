#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

#include "../cpu.h"
#include "../layout.h"

struct Work;

/// float32 to integers of 4, 8 or 16 bits and back, as ONNX QuantizeLinear and DequantizeLinear (opset 21):
///
///   q = saturate(roundHalfEven(x / scale) + zero_point, qmin, qmax)       a true division, rounded once
///   y = float(q - zero_point) * scale
///
/// so that the integers are those of onnxruntime's kernels, bit for bit. NaN gives zero_point (saturated);
/// the infinities saturate. scale > 0 and finite; -2^16 < qmin, qmax, zero_point < 2^16. Every variant
/// returns the same bits. The 8- and 16-bit stores keep the low bits of q, so one kernel serves signed and
/// unsigned.
struct QuantizeRule {
  float scale;
  std::int32_t zero_point, qmin, qmax;
};

/// One scale and zero point an element (along the columns of a tensor quantized per column).
struct QuantizeColumns {
  const float* scale;
  const std::int32_t* zero_point;
  std::int32_t qmin, qmax;
};

/// How stored integers become numbers: value = (q ^ flip) - flip with flip = the sign bit of a signed type or
/// 0.
struct DequantizeRule {
  float scale;
  std::int32_t zero_point, flip;
};

struct DequantizeColumns {
  const float* scale;
  const std::int32_t* zero_point;
  std::int32_t flip;
};

template <class Rule, class Stored>
using quantize_f32 = void(const float* x, std::size_t n, const Rule& rule, Stored* q);
template <class Rule, class Stored>
using dequantize_f32 = void(const Stored* q, std::size_t n, const Rule& rule, float* y);

/// Two 4-bit values a byte, the first in the low half; an odd last one leaves the high half 0.
/// pack: bytes[0 … n) of which the low halves count, to packed[0 … (n + 1) / 2). unpack: the other way, high
/// halves 0.
using pack_4bit = void(const std::uint8_t* bytes, std::size_t n, std::uint8_t* packed);
using unpack_4bit = void(const std::uint8_t* packed, std::size_t n, std::uint8_t* bytes);

struct QuantizeKernels {
  cpu::Isa isa;
  quantize_f32<QuantizeRule, std::uint8_t>* run8;
  quantize_f32<QuantizeRule, std::uint16_t>* run16;
  quantize_f32<QuantizeColumns, std::uint8_t>* columns8;
  quantize_f32<QuantizeColumns, std::uint16_t>* columns16;
  dequantize_f32<DequantizeRule, std::uint8_t>* back8;
  dequantize_f32<DequantizeRule, std::uint16_t>* back16;
  dequantize_f32<DequantizeColumns, std::uint8_t>* back_columns8;
  dequantize_f32<DequantizeColumns, std::uint16_t>* back_columns16;
  pack_4bit* pack;
  unpack_4bit* unpack;
};

#define KERNEL(isa)                                                                  \
  quantize_f32<QuantizeRule, std::uint8_t> quantize_f32_x8_##isa;                    \
  quantize_f32<QuantizeRule, std::uint16_t> quantize_f32_x16_##isa;                  \
  quantize_f32<QuantizeColumns, std::uint8_t> quantize_columns_f32_x8_##isa;         \
  quantize_f32<QuantizeColumns, std::uint16_t> quantize_columns_f32_x16_##isa;       \
  dequantize_f32<DequantizeRule, std::uint8_t> dequantize_x8_f32_##isa;              \
  dequantize_f32<DequantizeRule, std::uint16_t> dequantize_x16_f32_##isa;            \
  dequantize_f32<DequantizeColumns, std::uint8_t> dequantize_columns_x8_f32_##isa;   \
  dequantize_f32<DequantizeColumns, std::uint16_t> dequantize_columns_x16_f32_##isa; \
  pack_4bit pack_4bit_##isa;                                                         \
  unpack_4bit unpack_4bit_##isa;
#include "kernels.inc"
#undef KERNEL

std::span<const QuantizeKernels> quantize_variants();
const QuantizeKernels& quantize_kernels();

/// Scales and zero points, one a channel.
struct ChannelScales {
  const float* scale;
  const std::int32_t* zero_point;
};

/// Stored width and sign of a quantized type.
struct IntegerType {
  int bits;  // 4, 8 or 16
  bool is_signed;

  std::int32_t flip() const { return is_signed ? 1 << (bits - 1) : 0; }
};

/// q points to bytes, or to 16-bit integers when type.bits = 16.
void quantize(const Work& work, const float* x, const Layout& layout, const ChannelScales& scales,
              std::int32_t qmin, std::int32_t qmax, const IntegerType& type, void* q);

void dequantize(const Work& work, const void* q, const Layout& layout, const ChannelScales& scales,
                const IntegerType& type, float* y);
