#include "gemv.h"

#include "../gemm/storeResults.h"
#include "../roundUp.h"
#include "../select.h"

namespace {

constexpr std::size_t outputs_together = 16, most_width = 128;

/// Stores the sums [rows][width] of outputs `first` … .
void store_sums(const GemvRows& g, const float* sums, std::size_t width, std::size_t first) {
  store_results(sums, width, 0, g.rows, first, g.outputs, g.epilogue, g.y);
}

/// Panels of 16 outputs of which `panel_sums` computes one by one row.
template <class Sums>
void by_sixteen(const Work* work, const GemvRows& g, std::size_t bytes, Sums panel_sums) {
  const std::size_t panels = ceil_div(g.outputs, outputs_together);
  for_panel_parts(work, panels, bytes, [&](std::size_t from, std::size_t to) {
    alignas(64) float sums[most_gemv_rows * outputs_together];
    for (std::size_t p = from; p < to; ++p) {
      for (std::size_t r = 0; r < g.rows; ++r) panel_sums(p, g.x + r * g.depth, sums + r * outputs_together);
      store_sums(g, sums, outputs_together, p * outputs_together);
    }
  });
}

}  // namespace

std::span<const GemvKernels> gemv_variants() {
#define KERNEL(isa, bitmap) {cpu::Isa::isa, gemv_f32_panel_##isa, gemv_f32_blocks_##isa, bitmap},
  static constexpr GemvKernels all[] = {
#include "kernels.inc"
  };
#undef KERNEL
  return all;
}

const GemvKernels& gemv_kernels() {
  static const GemvKernels& chosen = fastest(gemv_variants());
  return chosen;
}

void gemv(const Work* work, const GemvRows& g, const float* panels, std::size_t width,
          const GemvKernels& kernels) {
  const std::size_t count = ceil_div(g.outputs, width), words = width * g.depth;
  for_panel_parts(work, count, count * words * sizeof(float), [&](std::size_t from, std::size_t to) {
    alignas(64) float sums[most_gemv_rows * most_width];
    for (std::size_t p = from; p < to; ++p) {
      kernels.panel(g.x, g.depth, g.rows, panels + p * words, width, g.depth, sums);
      store_sums(g, sums, width, p * width);
    }
  });
}

void gemv_blocks(const Work* work, const GemvRows& g, const BlockWeights& w, const GemvKernels& kernels) {
  by_sixteen(work, g, w.bytes(), [&](std::size_t panel, const float* x, float* sums) {
    const std::size_t first = w.first[panel];
    kernels.blocks(x, w.values.data() + first * outputs_together, w.indices.data() + first,
                   w.first[panel + 1] - first, sums);
  });
}

void gemv_bitmap(const Work* work, const GemvRows& g, const BitmapWeights& w, const GemvKernels& kernels) {
  by_sixteen(work, g, w.bytes(), [&](std::size_t panel, const float* x, float* sums) {
    kernels.bitmap(x, w.values.data() + w.first[panel], w.masks.data() + panel * w.depth, w.depth, sums);
  });
}
