#include "qgemm.h"

#include <algorithm>

#include "../select.h"
#include "../threadPool.h"
#include "tiles.h"

namespace {

/// Matrix units work on while vectors store, if a product is long enough to hide that and not cut; and they
/// read rows wherever these lie.
constexpr bool is_matrix_unit(cpu::Isa isa) { return isa == cpu::Isa::amx; }

/// Words of the inner dimension that it goes through at once: panels of so many still fit the second cache.
constexpr std::size_t matrix_unit_chunk = 1024;

/// What a matrix unit does better with weights on the right.
void use_matrix_unit(const QGemm& g, PanelProduct& p) {
  p.size.depth_chunk = matrix_unit_chunk;
  if (!g.rows || p.depth % p.size.depth_step != 0) return;
  p.left_rows = reinterpret_cast<const std::byte*>(g.rows);
  p.left_step = g.rows_step;
  p.left_item_step = g.rows_item_step;
}

PanelProduct panel_product(const QGemm& g, const QGemmKernels& kernels) {
  PanelProduct p{};
  p.items = g.items;
  p.m = g.m;
  p.n = g.n;
  p.depth = g.depth;
  p.size = kernels.size;
  p.product_ahead = g.packed == Side::left ? kernels.signed_left : kernels.signed_right;
  p.enter = kernels.enter;
  p.leave = kernels.leave;
  p.packed = g.packed;
  p.panels = g.panels;
  p.packed_step = g.packed_step;
  p.packed_items = g.packed_items;
  p.fill = g.fill;
  p.scratch = g.scratch;
  if (g.packed == Side::right && is_matrix_unit(kernels.isa)) use_matrix_unit(g, p);
  return p;
}

}  // namespace

std::span<const QGemmKernels> qgemm_variants() {
#define KERNEL(isa, rows, columns, lanes, group, words, chunk)                                         \
  {cpu::Isa::isa,        qgemm_size_##isa,       qgemm_signed_left_##isa, qgemm_signed_right_##isa,    \
   qgemm_store_c4_##isa, qgemm_store_rows_##isa, qgemm_store_f32_##isa,   qgemm_store_activated_##isa, \
   qgemm_enter_##isa,    qgemm_leave_##isa},
  static constexpr QGemmKernels all[] = {
#include "kernels.inc"
  };
#undef KERNEL
  return all;
}

const QGemmKernels& qgemm_kernels() {
  static const QGemmKernels& chosen = fastest(qgemm_variants());
  return chosen;
}

std::size_t qgemm_workspace(const QGemm& product, std::size_t threads, const QGemmKernels& kernels) {
  return panel_workspace(panel_product(product, kernels), threads);
}

void qgemm(const Work* work, const QGemm& g, void* workspace, const QGemmKernels& kernels) {
  PanelProduct p = panel_product(g, kernels);
  TileTarget target{
      g.output, g.c,          g.stride,     g.item_step, g.packed_items, g.packed == Side::left ? g.m : g.n,
      g.packed, g.requantize, g.dequantize, g.to};
  target.prepare();
  p.store = [&](std::size_t item, std::size_t row, std::size_t column, std::size_t rows, std::size_t columns,
                const void* tile) {
    store_tile(
        kernels, target,
        {item, row, column, rows, columns, static_cast<const std::int32_t*>(tile), kernels.size.columns});
  };
  multiply_panels(work, p, workspace);
}
