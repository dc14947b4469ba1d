#include "transpose.h"

#include "../select.h"

std::span<const TransposeKernels> transpose_variants() {
#define KERNEL(isa) {cpu::Isa::isa, transpose_f32_##isa},
  static constexpr TransposeKernels all[] = {
#include "kernels.inc"
  };
#undef KERNEL
  return all;
}

const TransposeKernels& transpose_kernels() {
  static const TransposeKernels& chosen = fastest(transpose_variants());
  return chosen;
}

void transpose(const float* from, std::size_t from_step, std::size_t rows, std::size_t columns, float* to,
               std::size_t to_step) {
  transpose_kernels().run(from, from_step, rows, columns, to, to_step);
}
