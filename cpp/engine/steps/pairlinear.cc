#include "../weights.h"
#include "linear.h"
#include "qpairs/linear.h"

namespace engine {

Step pair_linear_step(StepReader& reader, bool is_dynamic) {
  const auto weights = reader.packed<PairedIntegers>(1, "qpairs");
  const IntegerLinear l(reader, {weights, &weights->sums}, is_dynamic);
  reader.expect(weights->fit(1, l.outputs, (l.inputs + 3) / 4), "weights of the product");
  const auto layer = [weights, rows = l.rows, inputs = l.inputs, output = l.output, to = l.to](
                         const std::uint8_t* x, void* y) {
    return QPairLinear{rows, inputs, x, weights->items.data(), output, y, {}, {}, to};
  };
  const auto run = [=](const Run& run) {
    QPairLinear now = layer(run.at<const std::uint8_t>(l.x), run.at<void>(l.y));
    const IntegerLinear::Rules rules = l.rules(run, run.scratch);
    now.requantize = rules.requantize;
    now.dequantize = rules.dequantize;
    qpair_linear(&run.work, now, run.scratch + l.scratch_bytes(), *qpair_kernels());
  };
  return {
      run,
      l.scratch_bytes() + qpair_linear_workspace(layer(nullptr, nullptr), reader.threads(), *qpair_kernels()),
      cpu::name(qgemm_kernels().isa)};
}

}  // namespace engine
