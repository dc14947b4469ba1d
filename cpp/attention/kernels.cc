#include "kernels.h"

#include "../select.h"

std::span<const AttentionKernels> attention_variants() {
#define KERNEL(isa, vector, widest) \
  {cpu::Isa::isa, vector, widest, rows_product_f32_##isa, attention_weights_f32_##isa},
  static constexpr AttentionKernels all[] = {
#include "kernels.inc"
  };
#undef KERNEL
  return all;
}

const AttentionKernels& attention_kernels() {
  static const AttentionKernels& chosen = fastest(attention_variants());
  return chosen;
}
