#include <cmath>

#include "../activation/activation.h"
#include "recurrent.h"

namespace {
#include "../activation/element.inc"
}  // namespace

void lstm_f32_cell_scalar(const float* input, const float* recurrent, std::size_t hidden, float* cell,
                          float* state) {
  constexpr Activation sigmoid{ActivationKind::sigmoid}, tanh{ActivationKind::tanh};
  for (std::size_t j = 0; j < hidden; ++j) {
    const auto gate = [&](std::size_t index, const Activation& f) {
      return activated(input[index * hidden + j] + recurrent[index * hidden + j], f);
    };
    cell[j] = gate(2, sigmoid) * cell[j] + gate(0, sigmoid) * gate(3, tanh);
    state[j] = gate(1, sigmoid) * activated(cell[j], tanh);
  }
}
