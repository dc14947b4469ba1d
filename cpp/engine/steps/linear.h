#pragma once
#include <memory>
#include <vector>

#include "../stepReader.h"
#include "dynamicRule.h"
#include "epilogue.h"
#include "gemm/gemm.h"
#include "qgemm/qgemm.h"
#include "requantize.h"

namespace engine {

/// A matmul step as kernels for linear layers take it: rows that lie one after the other by one matrix of
/// weights. Inputs and parameters are those of matmul, the weights in another form.
struct FloatLinear {
  std::size_t rows, outputs, depth;
  std::size_t x, y;
  EpilogueSpec epilogue;

  GemmEpilogue epilogue_of(const Run& run) const {
    return {epilogue.bias_of(run), Side::right, 0, epilogue.residual_of(run), epilogue.activation};
  }
};

FloatLinear read_float_linear(StepReader& reader);

/// What a step with the inputs and parameters of qmatmul stores, by the part of its name behind the dot.
Output row_output(const StepReader& reader);

/// The same in 8 bits. By the part of the name behind the dot, `dynamic` has the inputs and parameters of
/// dynamicMatmul, others those of qmatmul.
class IntegerLinear {
 public:
  IntegerLinear(StepReader& reader, WeightSums sums);
  IntegerLinear(StepReader& reader, WeightSums sums, bool is_dynamic);

  std::size_t rows, outputs, inputs;  // bytes of a row
  std::size_t x, y;
  Output output;
  ByteScale to;

  /// How sums are stored: one of them, as `output` asks for.
  struct Rules {
    Requantize requantize;
    Dequantize dequantize;
  };
  /// @param scratch `scratch_bytes()` of it, aligned
  Rules rules(const Run& run, std::byte* scratch) const;
  std::size_t scratch_bytes() const;

 private:
  void read_fixed(StepReader& reader);
  void read_dynamic(StepReader& reader);

  WeightSums sums_;
  std::shared_ptr<const SumRule> fixed_;
  std::shared_ptr<const DynamicRule> dynamic_;
};

/// qmatmul and dynamicMatmul with weights of the form qpairs.
Step pair_linear_step(StepReader& reader, bool is_dynamic);

}  // namespace engine
