#include "convert.h"

#include <algorithm>

#include "../layout.h"
#include "../select.h"
#include "../threadPool.h"

std::span<const ConvertKernels> convert_variants() {
#define KERNEL(isa)                                                                     \
  {cpu::Isa::isa, convert_f16_f32_##isa, convert_f32_f16_##isa, convert_bf16_f32_##isa, \
   convert_f32_bf16_##isa},
  static constexpr ConvertKernels all[] = {
#include "kernels.inc"
  };
#undef KERNEL
  return all;
}

const ConvertKernels& convert_kernels() {
  static const ConvertKernels& chosen = fastest(convert_variants());
  return chosen;
}

void widen(const Work& work, widen_16bit* kernel, const std::uint16_t* bits, std::size_t n, float* y) {
  work.for_each(chunks_of(n), [&](std::size_t k) {
    const std::size_t from = k * chunk_size;
    kernel(bits + from, std::min(chunk_size, n - from), y + from);
  });
}

void narrow(const Work& work, narrow_f32* kernel, const float* x, std::size_t n, std::uint16_t* bits) {
  work.for_each(chunks_of(n), [&](std::size_t k) {
    const std::size_t from = k * chunk_size;
    kernel(x + from, std::min(chunk_size, n - from), bits + from);
  });
}
