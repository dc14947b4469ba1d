#include "../registry.h"
#include "linear.h"
#include "qgemm/qgemm.h"

namespace engine {
/// qmatmul.rows, qmatmul.f32, qmatmul.activated: x (bytes, rows of `inputs`), weights (qgemm.right or
/// qpairs), what SumRule reads -> y; m, n, inputs, zero point of x, SumRule (of activated bytes that of
/// floats), then scale and zero point of activated bytes
Step qmatmul_step(StepReader& reader) {
  if (reader.form(1) == "qpairs") return pair_linear_step(reader, false);
  const Output output = row_output(reader);
  const bool to_bytes = output == Output::rows;
  const std::size_t m = reader.size(), n = reader.size(), inputs = reader.size(), zero_point = reader.size();
  const auto weights = reader.packed<IntegerWeights>(1, "qgemm.right");
  reader.expect(
      weights->items == 1 && weights->size == n && weights->depth == (inputs + 3) / 4 && zero_point < 256,
      "weights of the product");
  const std::size_t elements = product_of({m, n});
  const std::size_t x = reader.input(0, product_of({m, inputs}));
  const SumRule rule(reader, 2, WeightSums(weights, &weights->sums), static_cast<std::int32_t>(zero_point),
                     elements, to_bytes);
  const ByteScale scale = output == Output::activated ? read_byte_scale(reader) : ByteScale{};
  const std::size_t y = reader.output(0, elements * (output == Output::f32 ? sizeof(float) : 1));
  const auto product = [=](const std::uint8_t* from, void* to) {
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
    g.output = output;
    g.to = scale;
    g.c = to;
    g.stride = n;
    g.item_step = elements;
    return g;
  };
  const auto run = [=](const Run& run) {
    QGemm g = product(run.at<const std::uint8_t>(x), run.at<void>(y));
    if (to_bytes) {
      g.requantize = rule.bytes(run);
    } else {
      g.dequantize = rule.floats(run);
    }
    qgemm(&run.work, g, run.scratch);
  };
  return {run, qgemm_workspace(product(nullptr, nullptr), reader.threads()), cpu::name(qgemm_kernels().isa)};
}

}  // namespace engine
