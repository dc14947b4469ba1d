#include "elementwise.h"

#include "../select.h"

std::span<const ElementwiseKernels> elementwise_variants() {
#define KERNEL(isa) {cpu::Isa::isa, unary_f32_##isa, binary_f32_##isa},
  static constexpr ElementwiseKernels all[] = {
#include "kernels.inc"
  };
#undef KERNEL
  return all;
}

const ElementwiseKernels& elementwise_kernels() {
  static const ElementwiseKernels& chosen = fastest(elementwise_variants());
  return chosen;
}
