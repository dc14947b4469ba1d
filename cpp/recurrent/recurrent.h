#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

#include "../cpu.h"

struct Work;

/// One row of a layer at one step. The sums of its gates, `hidden` each and one after the other, come in two
/// parts: what the inputs and what the states of the step before add. Functions are off by what
/// cpp/activation says, each sum and product by its rounding.
///
/// LSTM (Hochreiter and Schmidhuber, 1997, with forget gates), gates i, o, f and g, all input + recurrent:
///
///   cell[j] = sigmoid(f) cell[j] + sigmoid(i) tanh(g)        state[j] = sigmoid(o) tanh(cell[j])
using lstm_f32_cell = void(const float* input, const float* recurrent, std::size_t hidden, float* cell,
                           float* state);

/// GRU (Cho et al., arXiv:1406.1078, reset behind the product), gates z, r and n:
///
///   n = tanh(input + sigmoid(r) recurrent)        state[j] = n + sigmoid(z) (state[j] - n)
using gru_f32_cell = void(const float* input, const float* recurrent, std::size_t hidden, float* state);

struct RecurrentKernels {
  cpu::Isa isa;
  lstm_f32_cell* lstm;
  gru_f32_cell* gru;
};

#define KERNEL(isa)                  \
  lstm_f32_cell lstm_f32_cell_##isa; \
  gru_f32_cell gru_f32_cell_##isa;
#include "kernels.inc"
#undef KERNEL

std::span<const RecurrentKernels> recurrent_variants();
const RecurrentKernels& recurrent_kernels();

enum class RecurrentKind { lstm, gru };

/// Weights of 8 bits. States are quantized at each step by the range that they have, all rows together: what
/// they add to the sums of gates is range.scale * scale * ((bytes - range.zero_point) transpose(weights)).
struct ByteWeights {
  /// [gates() hidden, hidden] in qgemm's right panels, and the sum of each gate's weights.
  const std::uint32_t* panels;
  const std::int32_t* sums;
  /// One, or one a gate.
  const float* scales;
  std::size_t factors;
};

/// A layer in one direction, over sequences of equal length. What inputs and biases add to the sums of the
/// gates is there before: it is one product for all steps.
struct Recurrent {
  RecurrentKind kind;
  std::size_t steps, batch, hidden;
  /// Whether it goes from the last step to the first.
  bool is_reverse;
  /// Row b of step t begins at inputs + t * step + b * row; likewise below.
  const float* inputs;
  std::size_t inputs_step, inputs_row;
  /// [gates() hidden, hidden] in gemm's right panels, or null where there are `bytes`; and what is added to
  /// that product, or null.
  const float *weights, *bias;
  ByteWeights bytes;
  /// State and cell before the first step, rows `state_row` apart; null for zeros. A GRU has no cell.
  const float *initial_state, *initial_cell;
  /// All states, and state and cell behind the last step; null where nobody wants them.
  float* y;
  std::size_t y_step, y_row;
  float *last_state, *last_cell;
  std::size_t state_row;

  std::size_t gates() const { return kind == RecurrentKind::lstm ? 4 : 3; }
};

/// Bytes that `recurrent` needs beside its operands, for a pool of `threads` threads.
std::size_t recurrent_workspace(const Recurrent& layer, std::size_t threads);

/// The same bits for any number of threads. `workspace`: aligned to 64. Does not throw.
void recurrent(const Work& work, const Recurrent& layer, void* workspace,
               const RecurrentKernels& kernels = recurrent_kernels());
