#include "bytes.h"

#include "../select.h"

std::span<const ByteKernels> byte_variants() {
#define KERNEL(isa)                                                                    \
  {cpu::Isa::isa,          byte_arithmetic_##isa,    byte_arithmetic_by_channel_##isa, \
   interleave_bytes_##isa, deinterleave_bytes_##isa, add_words_##isa,                  \
   sum_words_##isa,        look_up_bytes_##isa},
  static constexpr ByteKernels all[] = {
#include "kernels.inc"
  };
#undef KERNEL
  return all;
}

const ByteKernels& byte_kernels() {
  static const ByteKernels& chosen = fastest(byte_variants());
  return chosen;
}
