#include <cmath>

#include "../activation/activation.h"
#include "recurrent.h"

namespace {
#include "../activation/element.inc"

float sigmoid(float x) { return activated(x, {ActivationKind::sigmoid}); }
float tanh_of(float x) { return activated(x, {ActivationKind::tanh}); }
}  // namespace

void lstm_f32_cell_scalar(const float* input, const float* recurrent, std::size_t hidden, float* cell,
                          float* state) {
  for (std::size_t j = 0; j < hidden; ++j) {
    const auto sum = [&](std::size_t gate) {
      return input[gate * hidden + j] + recurrent[gate * hidden + j];
    };
    cell[j] = sigmoid(sum(2)) * cell[j] + sigmoid(sum(0)) * tanh_of(sum(3));
    state[j] = sigmoid(sum(1)) * tanh_of(cell[j]);
  }
}

void gru_f32_cell_scalar(const float* input, const float* recurrent, std::size_t hidden, float* state) {
  for (std::size_t j = 0; j < hidden; ++j) {
    const auto sum = [&](std::size_t gate) {
      return input[gate * hidden + j] + recurrent[gate * hidden + j];
    };
    const float n = tanh_of(input[2 * hidden + j] + sigmoid(sum(1)) * recurrent[2 * hidden + j]);
    state[j] = n + sigmoid(sum(0)) * (state[j] - n);
  }
}
