#include "narrowgemm/narrowgemm.h"

#include "../narrowWeights.h"
#include "../registry.h"
#include "epilogue.h"
#include "q4gemv/q4gemv.h"

namespace engine {

/// narrowmatmul, narrowmatmul.int8 (at most four rows, rounded to 8 bits): x (floats, rows of `inputs`),
/// weights (narrowgemm), bias or nothing, residual or nothing -> y; rows, outputs, inputs, epilogue (the bias
/// one number an output)
Step narrowmatmul_step(StepReader& reader) {
  const std::size_t rows = reader.size(), outputs = reader.size(), inputs = reader.size();
  const auto packed = reader.packed<NarrowWeights>(1, "narrowgemm");
  const std::shared_ptr<const NarrowPanels> weights(packed, &packed->weights);
  reader.expect(rows > 0 && weights->outputs == outputs && weights->inputs == inputs,
                "weights of the product");
  const std::size_t x = reader.input(0, product_of({rows, inputs, sizeof(float)}));
  const EpilogueSpec epilogue = read_epilogue(reader, 2, outputs, product_of({rows, outputs}));
  const std::size_t y = reader.output(0, rows * outputs * sizeof(float));
  const bool rounds = reader.variant() == "int8";
  reader.expect(!rounds || (rows <= most_gemv_rows && weights->first.bits == 4),
                "few rows by weights of 4 bits");
  const auto run = [=](const Run& run) {
    const NarrowGemm product{
        rows,
        run.at<const float>(x),
        weights.get(),
        run.at<float>(y),
        {epilogue.bias_of(run), Side::right, 0, epilogue.residual_of(run), epilogue.activation}};
    if (rounds) {
      q4gemv(&run.work, product, run.scratch);
    } else {
      narrowgemm(&run.work, product, run.scratch);
    }
  };
  const NarrowGemm shape{rows, nullptr, weights.get(), nullptr, {}};
  if (rounds) return {run, q4gemv_workspace(shape), cpu::name(q4gemv_kernels().isa)};
  return {run, narrowgemm_workspace(shape, reader.threads()), cpu::name(narrow_kernels().isa)};
}

}  // namespace engine
