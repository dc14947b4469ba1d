#pragma once
#include <cstddef>
#include <span>

#include "../cpu.h"

struct Work;

/// One row of an LSTM at one step (Hochreiter and Schmidhuber, 1997, with forget gates; ONNX's LSTM). The
/// sums of its gates i, o, f and g, `hidden` each, are input[j] + recurrent[j]:
///
///   cell[j] = sigmoid(f) cell[j] + sigmoid(i) tanh(g)        state[j] = sigmoid(o) tanh(cell[j])
///
/// Functions are off by what cpp/activation says, each sum and product by its rounding.
using lstm_f32_cell = void(const float* input, const float* recurrent, std::size_t hidden, float* cell,
                           float* state);

struct RecurrentKernels {
  cpu::Isa isa;
  lstm_f32_cell* lstm;
};

#define KERNEL(isa) lstm_f32_cell lstm_f32_cell_##isa;
#include "kernels.inc"
#undef KERNEL

std::span<const RecurrentKernels> recurrent_variants();
const RecurrentKernels& recurrent_kernels();

/// An LSTM in one direction, over sequences of equal length. What inputs and biases add to the sums of the
/// gates is there before: it is one product for all steps.
struct Lstm {
  std::size_t steps, batch, hidden;
  /// Whether it goes from the last step to the first.
  bool is_reverse;
  /// Row b of step t begins at inputs + t * step + b * row; likewise below.
  const float* inputs;
  std::size_t inputs_step, inputs_row;
  /// [4 hidden, hidden] in gemm's right panels.
  const float* weights;
  /// State and cell before the first step, rows `state_row` apart; null for zeros.
  const float *initial_state, *initial_cell;
  /// All states, and state and cell behind the last step; null where nobody wants them.
  float* y;
  std::size_t y_step, y_row;
  float *last_state, *last_cell;
  std::size_t state_row;
};

/// Bytes that `lstm` needs beside its operands, for a pool of `threads` threads.
std::size_t lstm_workspace(const Lstm& layer, std::size_t threads);

/// The same bits for any number of threads. `workspace`: aligned to 64. Does not throw.
void lstm(const Work& work, const Lstm& layer, void* workspace,
          const RecurrentKernels& kernels = recurrent_kernels());
