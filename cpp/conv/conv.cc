#include "conv.h"

#include "../select.h"

std::span<const ConvKernels> conv_variants() {
#define KERNEL(isa) \
  {cpu::Isa::isa, copy_word_runs_##isa, copy_word_rows_##isa, split_word_rows_##isa, copy_padded_rows_##isa},
  static constexpr ConvKernels all[] = {
#include "kernels.inc"
  };
#undef KERNEL
  return all;
}

const ConvKernels& conv_kernels() {
  static const ConvKernels& chosen = fastest(conv_variants());
  return chosen;
}
