#include <algorithm>

#include "../registry.h"
#include "../weights.h"
#include "epilogue.h"
#include "gemm/gemm.h"

namespace engine {
namespace {

/// Where the elements of an operand's matrices lie: (i, k) of item t at t * item_step + i * outer + k *
/// inner.
struct OperandSpec {
  std::size_t size, depth, outer, inner, item_step;

  std::size_t elements(std::size_t items) const {
    if (items == 0 || size == 0 || depth == 0) return 0;
    return (items - 1) * item_step + (size - 1) * outer + (depth - 1) * inner + 1;
  }
  MatrixView at(const float* data, std::size_t item) const {
    return {data + item * item_step, size, depth, outer, inner};
  }
};

OperandSpec read_operand(StepReader& reader, std::size_t size, std::size_t depth) {
  OperandSpec operand{size, depth, reader.size(), reader.size(), reader.size()};
  product_of({size, operand.outer + 1});
  product_of({depth, operand.inner + 1});
  return operand;
}

/// The product of one run, all but its memory.
Gemm product_of(std::size_t items, const OperandSpec& left, std::size_t n, std::size_t packed_items) {
  Gemm g{};
  g.items = items;
  g.m = left.size;
  g.n = n;
  g.depth = left.depth;
  g.packed = Side::right;
  g.packed_step = gemm_packed_size(Side::right, n, left.depth);
  g.packed_items = packed_items;
  g.fill = gemm_fill(Side::left, left.at(nullptr, 0), left.item_step);
  g.stride = n;
  g.item_step = left.size * n;
  g.epilogue.bias_side = Side::right;
  return g;
}

}  // namespace

/// matmul: left, right (raw, or gemm.right), bias or nothing, residual or nothing -> y; items, m, n, depth,
/// left operand's outer, inner and item step, whether the right one is packed, its items, outer, inner and
/// item step, epilogue (the bias one number a column)
Step matmul_step(StepReader& reader) {
  const std::size_t items = reader.size(), m = reader.size(), n = reader.size(), depth = reader.size();
  engine::product_of({items, m, n});
  const OperandSpec left = read_operand(reader, m, depth);
  const bool is_packed = reader.flag();
  const std::size_t right_items = reader.size();
  reader.expect(right_items >= 1 && items % right_items == 0 && depth > 0 && n > 0 && m > 0,
                "operands that fit");
  const OperandSpec right = read_operand(reader, n, depth);
  const std::size_t a = reader.input(0, left.elements(items) * sizeof(float));
  std::shared_ptr<const GemmWeights> weights;
  std::size_t b = 0;
  if (is_packed) {
    weights = reader.packed<GemmWeights>(1, "gemm.right");
    reader.expect(weights->items == right_items && weights->size == n && weights->depth == depth,
                  "weights of the product");
  } else {
    b = reader.input(1, right.elements(right_items) * sizeof(float));
  }
  const EpilogueSpec epilogue = read_epilogue(reader, 2, n, items * m * n);
  const std::size_t y = reader.output(0, items * m * n * sizeof(float));
  const Gemm shape = product_of(items, left, n, right_items);
  const std::size_t panels = is_packed ? 0 : whole_lines(right_items * shape.packed_step * sizeof(float));
  const auto run = [=](const Run& run) {
    Gemm g = shape;
    g.fill = gemm_fill(Side::left, left.at(run.at<const float>(a), 0), left.item_step);
    if (is_packed) {
      g.panels = weights->data();
    } else {
      auto* const to = reinterpret_cast<float*>(run.scratch);
      const float* const from = run.at<const float>(b);
      run.work.for_each(right_items, [&](std::size_t item) {
        gemm_pack(Side::right, right.at(from, item), to + item * shape.packed_step);
      });
      g.panels = to;
    }
    g.c = run.at<float>(y);
    g.epilogue.bias = epilogue.bias_of(run);
    g.epilogue.residual = epilogue.residual_of(run);
    g.epilogue.activation = epilogue.activation;
    gemm(&run.work, g, run.scratch + panels);
  };
  return {run, panels + gemm_workspace(shape, reader.threads()), cpu::name(gemm_kernels().isa)};
}

}  // namespace engine
