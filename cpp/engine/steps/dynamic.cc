/// Products whose activations are quantized by the range that they have at run time.
#include <algorithm>
#include <cmath>

#include "../registry.h"
#include "dynamicRule.h"
#include "linear.h"
#include "minmax/minmax.h"
#include "qgemm/qgemm.h"
#include "quantize/quantize.h"

namespace engine {

/// dynamicQuantize: x -> y (bytes), scale, zero point (a byte); elements. ONNX's DynamicQuantizeLinear: the
/// range is widened to hold 0, scale = range / 255, zero point = round(-min / scale).
Step dynamic_quantize_step(StepReader& reader) {
  const std::size_t n = reader.size();
  const std::size_t x = reader.input(0, n * sizeof(float)), y = reader.output(0, n),
                    scale = reader.output(1, sizeof(float)), zero = reader.output(2, 1);
  return {[=](const Run& run) {
            const MinMax range = min_max(run.work, run.at<const float>(x), n);
            const float low = std::min(range.min, 0.0f), high = std::max(range.max, 0.0f);
            const float step = high > low ? (high - low) / 255.0f : 1.0f;
            const float point = std::nearbyint(std::clamp(0.0f - low / step, 0.0f, 255.0f));
            *run.at<float>(scale) = step;
            *run.at<std::uint8_t>(zero) = static_cast<std::uint8_t>(point);
            const auto offset = static_cast<std::int32_t>(point);
            quantize(run.work, run.at<const float>(x), {1, 1, n}, {&step, &offset}, 0, 255, {8, false},
                     run.at<void>(y));
          },
          0, cpu::name(quantize_kernels().isa)};
}

/// dynamicMatmul: x (bytes, rows of `inputs`), weights (qgemm.right or qpairs), zero point of x (a byte),
/// multipliers (one, or one a column), bias or nothing, residual or nothing -> y (floats); m, n, inputs,
/// number of multipliers, epilogue
Step dynamic_matmul_step(StepReader& reader) {
  if (reader.form(1) == "qpairs") return pair_linear_step(reader, true);
  const std::size_t m = reader.size(), n = reader.size(), inputs = reader.size(), factors = reader.size();
  const auto weights = reader.packed<IntegerWeights>(1, "qgemm.right");
  reader.expect(weights->items == 1 && weights->size == n && weights->depth == (inputs + 3) / 4,
                "weights of the product");
  const std::size_t x = reader.input(0, product_of({m, inputs}));
  const DynamicRule rule(reader, WeightSums(weights, &weights->sums), factors, product_of({m, n}));
  const std::size_t y = reader.output(0, m * n * sizeof(float));
  const auto product = [=](const std::uint8_t* from, float* to) {
    QGemm g{};
    g.m = m;
    g.n = n;
    g.depth = weights->depth;
    g.packed = Side::right;
    g.panels = weights->data();
    g.packed_step = weights->step;
    g.fill = qgemm_fill(from, m, inputs, inputs);
    if (inputs % 4 == 0) g.rows = from;
    g.rows_step = inputs;
    g.output = Output::f32;
    g.c = to;
    g.stride = n;
    g.item_step = m * n;
    return g;
  };
  const auto run = [=](const Run& run) {
    QGemm g = product(run.at<const std::uint8_t>(x), run.at<float>(y));
    g.dequantize = rule.floats(run, run.scratch);
    qgemm(&run.work, g, run.scratch + rule.scratch_bytes());
  };
  return {run, rule.scratch_bytes() + qgemm_workspace(product(nullptr, nullptr), reader.threads()),
          cpu::name(qgemm_kernels().isa)};
}

}  // namespace engine
