#include "keptRows.h"

#include "../select.h"

std::span<const KeptRowsKernels> kept_rows_variants() {
#define HALVES(isa, vector, widest, rows, terms)
#define KERNEL(isa, vector, widest) {cpu::Isa::isa, kept_scores_f32_##isa, kept_sums_f32_##isa},
  static constexpr KeptRowsKernels all[] = {
#include "kernels.inc"
  };
#undef KERNEL
#undef HALVES
  return all;
}

const KeptRowsKernels& kept_rows_kernels() {
  static const KeptRowsKernels& chosen = fastest(kept_rows_variants());
  return chosen;
}
