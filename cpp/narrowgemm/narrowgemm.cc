#include "narrowgemm.h"

#include <algorithm>
#include <cstring>

#include "../gemm/storeResults.h"
#include "../memory/lines.h"
#include "../select.h"

namespace {

constexpr std::size_t most_width = 128;

/// Few rows: filled up to whole blocks, and each block's sum.
struct FewRows {
  const NarrowGemm& g;
  const NarrowPanel& shape;

  std::size_t step() const { return shape.blocks * shape.block(); }
  std::size_t sums_at() const { return whole_lines(g.rows * step() * sizeof(float)); }
  std::size_t bytes() const { return sums_at() + whole_lines(g.rows * shape.blocks * sizeof(float)); }

  void fill(float* x, float* block_sums) const {
    const std::size_t inputs = g.weights->inputs, block = shape.block();
    for (std::size_t r = 0; r < g.rows; ++r) {
      float* row = x + r * step();
      std::memcpy(row, g.x + r * inputs, inputs * sizeof(float));
      std::memset(row + inputs, 0, (step() - inputs) * sizeof(float));
      for (std::size_t b = 0; b < shape.blocks; ++b) {
        float sum = 0;
        for (std::size_t k = b * block; k < (b + 1) * block; ++k) sum += row[k];
        block_sums[r * shape.blocks + b] = sum;
      }
    }
  }
};

void few_rows(const Work* work, const NarrowGemm& g, std::byte* workspace, const NarrowKernels& kernels) {
  const NarrowPanels& w = *g.weights;
  const FewRows rows{g, w.first};
  auto* const x = reinterpret_cast<float*>(workspace);
  auto* const block_sums = reinterpret_cast<float*>(workspace + rows.sums_at());
  rows.fill(x, block_sums);
  for_panel_parts(work, w.panels(), w.bytes(), [&](std::size_t from, std::size_t to) {
    alignas(64) float sums[most_gemv_rows * most_width];
    for (std::size_t p = from; p < to; ++p) {
      kernels.gemv(x, rows.step(), g.rows, w.panel(p), block_sums, sums);
      store_results(sums, w.first.width, 0, g.rows, p * w.first.width, w.outputs, g.epilogue, g.y);
    }
  });
}

/// Many rows: they are packed, and weights become floats as they are needed.
Gemm many_rows(const NarrowGemm& g, const NarrowKernels& kernels) {
  const NarrowPanels& w = *g.weights;
  Gemm product{};
  product.m = g.rows;
  product.n = w.outputs;
  product.depth = w.inputs;
  product.packed = Side::left;
  product.fill = [&w, &kernels](std::size_t, std::size_t panel, std::size_t count, std::uint32_t* to, void*) {
    for (std::size_t p = panel; p < panel + count; ++p, to += w.first.width * w.inputs) {
      kernels.unpack(w.panel(p), w.inputs, reinterpret_cast<float*>(to));
    }
  };
  product.c = g.y;
  product.stride = w.outputs;
  product.epilogue = g.epilogue;
  return product;
}

/// Panels of weights end where a tile ends: no columns beside the last one.
GemmKernels whole_tiles() {
  GemmKernels kernels = gemm_kernels();
  kernels.size.tail = 0;
  return kernels;
}

std::size_t packed_bytes(const NarrowGemm& g) {
  return whole_lines(gemm_packed_size(Side::left, g.rows, g.weights->inputs) * sizeof(float));
}

}  // namespace

std::span<const NarrowKernels> narrow_variants() {
#define KERNEL(isa) {cpu::Isa::isa, narrow_gemv_panel_##isa, narrow_unpack_panel_##isa},
  static constexpr NarrowKernels all[] = {
#include "kernels.inc"
  };
#undef KERNEL
  return all;
}

const NarrowKernels& narrow_kernels() {
  static const NarrowKernels& chosen = fastest(narrow_variants());
  return chosen;
}

std::size_t narrowgemm_workspace(const NarrowGemm& g, std::size_t threads) {
  if (g.rows <= most_gemv_rows) return FewRows{g, g.weights->first}.bytes();
  return packed_bytes(g) + gemm_workspace(many_rows(g, narrow_kernels()), threads, whole_tiles());
}

void narrowgemm(const Work* work, const NarrowGemm& g, void* workspace, const NarrowKernels& kernels) {
  auto* const space = static_cast<std::byte*>(workspace);
  if (g.rows <= most_gemv_rows) return few_rows(work, g, space, kernels);
  Gemm product = many_rows(g, kernels);
  auto* const left = reinterpret_cast<float*>(space);
  gemm_pack(Side::left, {g.x, g.rows, g.weights->inputs, g.weights->inputs, 1}, left);
  product.panels = left;
  gemm(work, product, space + packed_bytes(g), whole_tiles());
}
