#include "../registry.h"
#include "linear.h"
#include "qgemm/qgemm.h"

namespace engine {
namespace {

/// Of weights in the dense kernel's panels.
Step dense_linear_step(StepReader& reader, bool is_dynamic) {
  const auto weights = reader.packed<IntegerWeights>(1, "qgemm.right");
  const IntegerLinear l(reader, {weights, &weights->sums}, is_dynamic);
  reader.expect(weights->items == 1 && weights->depth == (l.inputs + 3) / 4, "weights of the product");
  const auto product = [=](const std::uint8_t* from, void* to) {
    QGemm g{};
    g.m = l.rows;
    g.n = l.outputs;
    g.depth = weights->depth;
    g.packed = Side::right;
    g.panels = weights->data();
    g.packed_step = weights->step;
    g.fill = qgemm_fill(from, l.rows, l.inputs, l.inputs);
    if (l.inputs % 4 == 0) g.rows = from;
    g.rows_step = l.inputs;
    g.output = l.output;
    g.to = l.to;
    g.c = to;
    g.stride = l.outputs;
    g.item_step = l.rows * l.outputs;
    return g;
  };
  const auto run = [=](const Run& run) {
    QGemm g = product(run.at<const std::uint8_t>(l.x), run.at<void>(l.y));
    const IntegerLinear::Rules rules = l.rules(run, run.scratch);
    g.requantize = rules.requantize;
    g.dequantize = rules.dequantize;
    qgemm(&run.work, g, run.scratch + l.scratch_bytes());
  };
  return {run, l.scratch_bytes() + qgemm_workspace(product(nullptr, nullptr), reader.threads()),
          cpu::name(qgemm_kernels().isa)};
}

Step linear_step(StepReader& reader, bool is_dynamic) {
  return reader.form(1) == "qpairs" ? pair_linear_step(reader, is_dynamic)
                                    : dense_linear_step(reader, is_dynamic);
}

}  // namespace

/// qmatmul.rows, qmatmul.f32, qmatmul.activated: x (bytes, rows of `inputs`), weights (qgemm.right or
/// qpairs), what SumRule reads -> y; m, n, inputs, zero point of x, SumRule (of activated bytes that of
/// floats), then scale and zero point of activated bytes
Step qmatmul_step(StepReader& reader) { return linear_step(reader, false); }

/// dynamicMatmul: x (bytes, rows of `inputs`), weights (qgemm.right or qpairs), what DynamicRule reads -> y
/// (floats); m, n, inputs, number of multipliers, DynamicRule
Step dynamic_matmul_step(StepReader& reader) { return linear_step(reader, true); }

}  // namespace engine
