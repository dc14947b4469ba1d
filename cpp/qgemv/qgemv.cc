#include "qgemv.h"

#include <cstring>

#include "../memory/lines.h"
#include "../qgemm/tiles.h"
#include "../select.h"

namespace {

constexpr std::size_t outputs_together = 16, most_width = 128;

std::size_t words_of(const QGemvRows& g) { return (g.inputs + 3) / 4; }

/// The rows with whole words.
const std::uint8_t* whole_words(const QGemvRows& g, void* workspace) {
  auto* const to = static_cast<std::uint8_t*>(workspace);
  const std::size_t step = words_of(g) * 4;
  for (std::size_t r = 0; r < g.rows; ++r) {
    std::memcpy(to + r * step, g.x + r * g.inputs, g.inputs);
    std::memset(to + r * step + g.inputs, 0, step - g.inputs);
  }
  return to;
}

TileTarget target_of(const QGemvRows& g) {
  return {g.output,  g.y,         g.outputs,    g.rows * g.outputs, 1,
          g.outputs, Side::right, g.requantize, g.dequantize};
}

/// Panels of 16 outputs of which `panel_sums` computes one by one row.
template <class Sums>
void by_sixteen(const Work* work, const QGemvRows& g, void* workspace, std::size_t bytes, Sums panel_sums) {
  const std::uint8_t* const x = whole_words(g, workspace);
  const std::size_t panels = ceil_div(g.outputs, outputs_together), step = words_of(g) * 4;
  const TileTarget target = target_of(g);
  for_panel_parts(work, panels, bytes, [&](std::size_t from, std::size_t to) {
    alignas(64) std::int32_t sums[most_gemv_rows * outputs_together];
    for (std::size_t p = from; p < to; ++p) {
      for (std::size_t r = 0; r < g.rows; ++r) panel_sums(p, x + r * step, sums + r * outputs_together);
      const std::size_t first = p * outputs_together;
      store_tile(
          qgemm_kernels(), target,
          {0, 0, first, g.rows, std::min(outputs_together, g.outputs - first), sums, outputs_together});
    }
  });
}

}  // namespace

std::span<const QGemvKernels> qgemv_variants() {
#define KERNEL(isa, bitmap) {cpu::Isa::isa, gemv_s8_panel_##isa, gemv_s8_blocks_##isa, bitmap},
  static constexpr QGemvKernels all[] = {
#include "kernels.inc"
  };
#undef KERNEL
  return all;
}

const QGemvKernels& qgemv_kernels() {
  static const QGemvKernels& chosen = fastest(qgemv_variants());
  return chosen;
}

std::size_t qgemv_workspace(const QGemvRows& g) { return whole_lines(g.rows * words_of(g) * 4); }

QPanels::QPanels(const std::uint32_t* from, std::size_t outputs, std::size_t depth,
                 const QGemmKernels& packer)
    : data(from), width(packer.size.columns) {
  step = qgemm_packed_size(Side::right, outputs, depth, packer) / (ceil_div(outputs, width));
}

void qgemv(const Work* work, const QGemvRows& g, const QPanels& panels, void* workspace,
           const QGemvKernels& kernels) {
  const std::uint8_t* const x = whole_words(g, workspace);
  const std::size_t depth = words_of(g), width = panels.width, count = ceil_div(g.outputs, width);
  const TileTarget target = target_of(g);
  for_panel_parts(work, count, count * panels.step * 4, [&](std::size_t from, std::size_t to) {
    alignas(64) std::int32_t sums[most_gemv_rows * most_width];
    for (std::size_t p = from; p < to; ++p) {
      kernels.panel(x, depth * 4, g.rows, panels.data + p * panels.step, width, depth, sums);
      const std::size_t first = p * width;
      store_tile(qgemm_kernels(), target,
                 {0, 0, first, g.rows, std::min(width, g.outputs - first), sums, width});
    }
  });
}

void qgemv_blocks(const Work* work, const QGemvRows& g, const QBlockWeights& w, void* workspace,
                  const QGemvKernels& kernels) {
  by_sixteen(work, g, workspace, w.bytes(),
             [&](std::size_t panel, const std::uint8_t* x, std::int32_t* sums) {
               const std::size_t first = w.first[panel];
               kernels.blocks(x, w.values.data() + first * outputs_together, w.indices.data() + first,
                              w.first[panel + 1] - first, sums);
             });
}

void qgemv_bitmap(const Work* work, const QGemvRows& g, const QBitmapWeights& w, void* workspace,
                  const QGemvKernels& kernels) {
  by_sixteen(
      work, g, workspace, w.bytes(), [&](std::size_t panel, const std::uint8_t* x, std::int32_t* sums) {
        kernels.bitmap(x, w.values.data() + w.first[panel], w.masks.data() + panel * w.depth, w.depth, sums);
      });
}
