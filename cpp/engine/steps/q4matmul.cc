#include "q4gemm/q4gemm.h"

#include "../registry.h"
#include "epilogue.h"

namespace engine {

/// q4matmul: x (floats, rows of `inputs`), weights (q4gemm), bias or nothing, residual or nothing -> y; rows,
/// outputs, inputs, epilogue (the bias one number an output)
Step q4matmul_step(StepReader& reader) {
  const std::size_t rows = reader.size(), outputs = reader.size(), inputs = reader.size();
  const auto weights = reader.packed<Q4Weights>(1, "q4gemm");
  reader.expect(rows > 0 && weights->outputs == outputs && weights->inputs == inputs,
                "weights of the product");
  const std::size_t x = reader.input(0, product_of({rows, inputs, sizeof(float)}));
  const EpilogueSpec epilogue = read_epilogue(reader, 2, outputs, product_of({rows, outputs}));
  const std::size_t y = reader.output(0, rows * outputs * sizeof(float));
  const auto run = [=](const Run& run) {
    q4gemm(&run.work,
           {rows,
            run.at<const float>(x),
            weights.get(),
            run.at<float>(y),
            {epilogue.bias_of(run), Side::right, 0, epilogue.residual_of(run), epilogue.activation}},
           run.scratch);
  };
  const Q4Gemm shape{rows, nullptr, weights.get(), nullptr, {}};
  return {run, q4gemm_workspace(shape, reader.threads()), cpu::name(q4_kernels().isa)};
}

}  // namespace engine
