/// Linear layers whose weights are zero in blocks: as matmul, qmatmul and dynamicMatmul, with other weights.
#include "blocklinear/blocklinear.h"

#include "../registry.h"
#include "../weights.h"
#include "linear.h"

namespace engine {

/// blocklinear: as FloatLinear, weights of the form blockgemm
Step blocklinear_step(StepReader& reader) {
  const FloatLinear l = read_float_linear(reader);
  const auto weights = reader.packed<BlockedWeights>(1, "blockgemm");
  reader.expect(
      weights->items.size() == 1 && weights->items[0].rows == l.outputs && weights->items[0].depth == l.depth,
      "weights of the product");
  const auto layer = [=](const float* x, float* y) {
    return BlockLinear{l.rows, x, l.depth, weights->items.data(), y, {}};
  };
  const auto run = [=](const Run& run) {
    BlockLinear now = layer(run.at<const float>(l.x), run.at<float>(l.y));
    now.epilogue = l.epilogue_of(run);
    block_linear(&run.work, now, run.scratch);
  };
  return {run, block_linear_workspace(layer(nullptr, nullptr), reader.threads()),
          cpu::name(blockgemm_kernels().isa)};
}

/// qblocklinear.rows, .f32, .activated, .dynamic: as IntegerLinear, weights of the form qblockgemm
Step qblocklinear_step(StepReader& reader) {
  const auto weights = reader.packed<BlockedIntegers>(1, "qblockgemm");
  const IntegerLinear l(reader, {weights, &weights->sums});
  reader.expect(weights->items.size() == 1 && weights->items[0].depth == (l.inputs + 3) / 4,
                "weights of the product");
  const QBlockKernel& kernel = *qblock_kernel(weights->block_rows);
  const auto layer = [weights, rows = l.rows, inputs = l.inputs, output = l.output, to = l.to](
                         const std::uint8_t* x, void* y) {
    return QBlockLinear{rows, inputs, x, weights->items.data(), output, y, {}, {}, to};
  };
  const auto run = [=, &kernel](const Run& run) {
    QBlockLinear now = layer(run.at<const std::uint8_t>(l.x), run.at<void>(l.y));
    const IntegerLinear::Rules rules = l.rules(run, run.scratch);
    now.requantize = rules.requantize;
    now.dequantize = rules.dequantize;
    qblock_linear(&run.work, now, run.scratch + l.scratch_bytes(), kernel);
  };
  const char* const isa = cpu::name(weights->block_rows == 32 ? cpu::Isa::amx : qblockgemm_kernels().isa);
  return {run, l.scratch_bytes() + qblock_linear_workspace(layer(nullptr, nullptr), reader.threads(), kernel),
          isa};
}

}  // namespace engine
