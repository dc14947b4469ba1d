#include "narrowgemm/narrowgemm.h"

#include "../narrowWeights.h"
#include "../registry.h"
#include "epilogue.h"
#include "qnarrowgemm/qnarrowgemm.h"

namespace engine {

/// narrowmatmul, narrowmatmul.int8 (rows rounded to 8 bits): x (floats, rows of `inputs`), weights
/// (narrowgemm, qnarrowgemm), bias or nothing, residual or nothing -> y; rows, outputs, inputs, epilogue (the
/// bias one number an output)
Step narrowmatmul_step(StepReader& reader) {
  const std::size_t rows = reader.size(), outputs = reader.size(), inputs = reader.size();
  const bool rounds = reader.variant() == "int8";
  const auto packed = reader.packed<NarrowWeights>(1, rounds ? "qnarrowgemm" : "narrowgemm");
  const std::shared_ptr<const NarrowPanels> weights(packed, &packed->weights);
  reader.expect(rows > 0 && weights->outputs == outputs && weights->inputs == inputs,
                "weights of the product");
  const std::size_t x = reader.input(0, product_of({rows, inputs, sizeof(float)}));
  const EpilogueSpec epilogue = read_epilogue(reader, 2, outputs, product_of({rows, outputs}));
  const std::size_t y = reader.output(0, rows * outputs * sizeof(float));
  reader.expect(!rounds || weights->first.block() <= 65536, "blocks whose sums fit 32 bits");
  const auto run = [=](const Run& run) {
    const NarrowGemm product{
        rows,
        run.at<const float>(x),
        weights.get(),
        run.at<float>(y),
        {epilogue.bias_of(run), Side::right, 0, epilogue.residual_of(run), epilogue.activation}};
    if (rounds) {
      qnarrowgemm(&run.work, product, run.scratch);
    } else {
      narrowgemm(&run.work, product, run.scratch);
    }
  };
  const NarrowGemm shape{rows, nullptr, weights.get(), nullptr, {}};
  if (rounds) return {run, qnarrowgemm_workspace(shape), cpu::name(qnarrow_kernels().isa)};
  return {run, narrowgemm_workspace(shape, reader.threads()), cpu::name(narrow_kernels().isa)};
}

}  // namespace engine
