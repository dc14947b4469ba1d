#pragma once
#include "../stepReader.h"
#include "activation/activation.h"

namespace engine {

/// What a product's step does to its result besides: the values behind its first inputs are a bias, then a
/// residual.
struct EpilogueSpec {
  Activation activation;
  bool has_bias, has_residual;
  std::size_t bias = 0, residual = 0;

  const float* bias_of(const Run& run) const { return has_bias ? run.at<const float>(bias) : nullptr; }
  const float* residual_of(const Run& run) const {
    return has_residual ? run.at<const float>(residual) : nullptr;
  }
};

/// Parameters: whether there is a bias, a residual; kind, alpha and beta of the activation.
EpilogueSpec read_epilogue(StepReader& reader, std::size_t first_input, std::size_t channels,
                           std::size_t elements);

/// kind (its position in ActivationKind), alpha, beta
Activation read_activation(StepReader& reader);

}  // namespace engine
