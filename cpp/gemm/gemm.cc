#include "gemm.h"

#include "../select.h"
#include "../threadPool.h"

namespace {

/// With more rows than this on the left, panels are read so often that filling them pays; and far apart in
/// memory rows come slowly.
constexpr std::size_t most_rows_in_place = 64, most_depth_in_place = 256;

bool reads_in_place(const Gemm& g, const TileSize& size) {
  if (g.packed != Side::left) return false;
  return g.rows_are_dense ||
         (g.rows && g.n % size.lanes == 0 && g.m <= most_rows_in_place && g.depth <= most_depth_in_place);
}

PanelProduct panel_product(const Gemm& g, const GemmKernels& kernels) {
  PanelProduct p{};
  p.items = g.items;
  p.m = g.m;
  p.n = g.n;
  p.depth = g.depth;
  p.size = kernels.size;
  p.product = kernels.product;
  p.packed = g.packed;
  p.panels = reinterpret_cast<const std::uint32_t*>(g.panels);
  p.packed_step = g.packed_step;
  p.packed_items = g.packed_items;
  p.fill = g.fill;
  p.fills = !reads_in_place(g, kernels.size);
  if (!p.fills) {
    p.rows = reinterpret_cast<const std::uint32_t*>(g.rows);
    p.rows_step = g.rows_step;
    p.rows_item_step = g.rows_item_step;
  }
  p.scratch = g.scratch;
  return p;
}

}  // namespace

std::span<const GemmKernels> gemm_variants() {
#define KERNEL(isa, rows, columns, lanes, tail, keeps) \
  {cpu::Isa::isa, gemm_f32_size_##isa, gemm_f32_product_##isa, gemm_f32_finish_##isa, gemm_f32_store_##isa},
  static constexpr GemmKernels all[] = {
#include "kernels.inc"
  };
#undef KERNEL
  return all;
}

const GemmKernels& gemm_kernels() {
  static const GemmKernels& chosen = fastest(gemm_variants());
  return chosen;
}

std::size_t gemm_workspace(const Gemm& product, std::size_t threads, const GemmKernels& kernels) {
  return panel_workspace(panel_product(product, kernels), threads);
}

void gemm(const Work* work, const Gemm& g, void* workspace, const GemmKernels& kernels) {
  PanelProduct p = panel_product(g, kernels);
  p.finish = [&](std::size_t item, std::size_t row, std::size_t column, const TileOperands& t) {
    const GemmEpilogue& e = g.epilogue;
    const std::size_t packed = g.packed_items > 1 ? item % g.packed_items : 0;
    const float* bias = e.bias ? e.bias + packed * e.bias_step : nullptr;
    const std::size_t at = item * g.item_step + row * g.stride + column;
    const TileEpilogue epilogue{bias && e.bias_side == Side::left ? bias + row : nullptr,
                                bias && e.bias_side == Side::right ? bias + column : nullptr,
                                e.residual ? e.residual + at : nullptr, g.stride, e.activation};
    kernels.finish(t, epilogue, g.c + at, g.stride);
  };
  multiply_panels(work, p, workspace);
}
