#include "epilogue.h"

namespace engine {

Activation read_activation(StepReader& reader) {
  const std::size_t kind = reader.size();
  reader.expect(kind <= static_cast<std::size_t>(ActivationKind::tanh), "an activation that it has");
  const float alpha = reader.real(), beta = reader.real();
  return {static_cast<ActivationKind>(kind), alpha, beta};
}

EpilogueSpec read_epilogue(StepReader& reader, std::size_t first_input, std::size_t channels,
                           std::size_t elements) {
  EpilogueSpec spec{};
  spec.has_bias = reader.flag();
  spec.has_residual = reader.flag();
  spec.activation = read_activation(reader);
  std::size_t next = first_input;
  if (spec.has_bias) spec.bias = reader.input(next++, channels * sizeof(float));
  if (spec.has_residual) spec.residual = reader.input(next++, elements * sizeof(float));
  return spec;
}

}  // namespace engine
