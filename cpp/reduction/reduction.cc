#include "reduction.h"

#include <algorithm>
#include <cmath>

#include "../roundUp.h"
#include "../select.h"
#include "../threadPool.h"

namespace {

constexpr std::size_t task_elements = 16384;
constexpr std::size_t columns_at_once = 256;

std::size_t pieces_of(std::size_t count, std::size_t each) { return ceil_div(count, each); }

float finished(Reduction kind, float value, std::size_t n) {
  if (kind == Reduction::mean) return value / static_cast<float>(n);
  return kind == Reduction::l2 ? std::sqrt(value) : value;
}

}  // namespace

std::span<const ReductionKernels> reduction_variants() {
#define KERNEL(isa) {cpu::Isa::isa, reduce_row_f32_##isa, reduce_columns_f32_##isa},
  static constexpr ReductionKernels all[] = {
#include "kernels.inc"
  };
#undef KERNEL
  return all;
}

const ReductionKernels& reduction_kernels() {
  static const ReductionKernels& chosen = fastest(reduction_variants());
  return chosen;
}

void reduce(const Work& work, Reduction kind, const float* x, std::size_t outer, std::size_t n,
            std::size_t inner, float* y) {
  if (n == 0) return;
  const ReductionKernels& kernels = reduction_kernels();
  if (inner == 1) {
    const std::size_t each = std::max<std::size_t>(1, task_elements / n);
    work.for_each(pieces_of(outer, each), [&](std::size_t k) {
      const std::size_t last = std::min(outer, (k + 1) * each);
      for (std::size_t r = k * each; r < last; ++r) y[r] = finished(kind, kernels.row(kind, x + r * n, n), n);
    });
    return;
  }
  const std::size_t blocks = pieces_of(inner, columns_at_once);
  work.for_each(outer * blocks, [&](std::size_t k) {
    const std::size_t o = k / blocks, from = (k % blocks) * columns_at_once;
    const std::size_t width = std::min(columns_at_once, inner - from);
    float* const to = y + o * inner + from;
    kernels.columns(kind, x + o * n * inner + from, n, inner, width, to);
    for (std::size_t j = 0; j < width; ++j) to[j] = finished(kind, to[j], n);
  });
}
