#include "kernels.h"

#include <algorithm>

#include "../select.h"

std::span<const AttentionKernels> attention_variants() {
#define KERNEL(isa, vector, widest) \
  {cpu::Isa::isa, vector, widest, rows_product_f32_##isa, attention_weights_f32_##isa},
#define HALVES(isa, vector, widest, rows, terms) \
  {cpu::Isa::isa, vector, widest, rows_product_f32_##isa, attention_weights_f32_##isa, &attention_form_##isa},
  static constexpr AttentionKernels all[] = {
#include "kernels.inc"
  };
#undef HALVES
#undef KERNEL
  return all;
}

const AttentionKernels& attention_kernels(bool by_halves) {
  const auto takes_floats = [](const AttentionKernels& each) { return !each.form; };
  static const auto all = attention_variants();
  static const auto floats = std::find_if(all.begin(), all.end(), takes_floats);
  static const AttentionKernels &fast = fastest(all), &exact = fastest(std::span(floats, all.end()));
  return by_halves ? fast : exact;
}
