#include "qnarrowgemm.h"

#include <algorithm>

#include "../gemm/storeResults.h"
#include "../gemv/parts.h"
#include "../memory/lines.h"
#include "../select.h"

namespace {

/// Rows that a kernel takes at a time, and outputs of a panel.
constexpr std::size_t most_rows = 4, most_width = 128;

/// Where rounded rows are in the workspace.
struct Space {
  const NarrowGemm& g;
  const NarrowPanel& shape;

  std::size_t step() const { return whole_lines(shape.blocks * shape.block()); }
  std::size_t numbers() const { return whole_lines(g.rows * shape.blocks * 4); }
  std::size_t bytes() const { return g.rows * step() + 2 * numbers(); }
  RoundedRows rows(std::byte* at) const {
    std::byte* const scales = at + g.rows * step();
    return {reinterpret_cast<std::int8_t*>(at), step(), reinterpret_cast<float*>(scales),
            reinterpret_cast<std::int32_t*>(scales + numbers()), shape.blocks};
  }
};

/// One product: its rows in tiles of about as many each, by panels.
struct Product {
  const NarrowGemm& g;
  const QNarrowKernels& kernels;
  RoundedRows x;

  std::size_t tiles() const { return ceil_div(g.rows, kernels.rows); }
  std::size_t first_row(std::size_t tile) const { return g.rows * tile / tiles(); }

  void round(std::size_t tile) const {
    const std::size_t inputs = g.weights->inputs;
    for (std::size_t r = first_row(tile); r < first_row(tile + 1); ++r)
      kernels.round(g.x + r * inputs, inputs, g.weights->first, x.from(r));
  }

  void multiply(std::size_t tile, std::size_t panel) const {
    const NarrowPanels& w = *g.weights;
    const std::size_t from = first_row(tile), rows = first_row(tile + 1) - from, width = w.first.width;
    alignas(cache_line) float sums[most_rows * most_width];
    kernels.panel(x.from(from), rows, w.panel(panel), sums);
    store_results(sums, width, from, rows, panel * width, w.outputs, g.epilogue, g.y);
  }
};

/// Rounded where that is asked for: there is less to do than others would take to come.
void few_rows(const Work* work, const Product& product) {
  const NarrowPanels& w = *product.g.weights;
  const std::size_t tiles = product.tiles();
  for (std::size_t tile = 0; tile < tiles; ++tile) product.round(tile);
  for_panel_parts(work, w.panels(), w.bytes(), [&](std::size_t from, std::size_t to) {
    for (std::size_t panel = from; panel < to; ++panel) {
      for (std::size_t tile = 0; tile < tiles; ++tile) product.multiply(tile, panel);
    }
  });
}

/// Some tiles by one panel at a time, which stays in the caches meanwhile.
void many_rows(const Work& work, const Product& product) {
  const std::size_t tiles = product.tiles(), panels = product.g.weights->panels();
  const std::size_t parts = std::min(tiles, ceil_div(4 * work.pool.size(), panels));
  work.for_each(tiles, [&](std::size_t tile) { product.round(tile); });
  work.for_each(panels * parts, [&](std::size_t task) {
    const std::size_t part = task % parts;
    for (std::size_t tile = tiles * part / parts; tile < tiles * (part + 1) / parts; ++tile)
      product.multiply(tile, task / parts);
  });
}

}  // namespace

std::span<const QNarrowKernels> qnarrow_variants() {
#define KERNEL(isa, rows, rounding_isa) \
  {cpu::Isa::isa, rows, qnarrow_panel_##isa, qnarrow_round_##rounding_isa},
  static constexpr QNarrowKernels all[] = {
#include "kernels.inc"
  };
#undef KERNEL
  return all;
}

const QNarrowKernels& qnarrow_kernels() {
  static const QNarrowKernels& chosen = fastest(qnarrow_variants());
  return chosen;
}

std::size_t qnarrowgemm_workspace(const NarrowGemm& g) { return Space{g, g.weights->first}.bytes(); }

void qnarrowgemm(const Work* work, const NarrowGemm& g, void* workspace, const QNarrowKernels& kernels) {
  const Space space{g, g.weights->first};
  const Product product{g, kernels, space.rows(static_cast<std::byte*>(workspace))};
  if (!work || g.rows <= most_gemv_rows) {
    few_rows(work, product);
  } else {
    many_rows(*work, product);
  }
}
