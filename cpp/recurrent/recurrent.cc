#include "recurrent.h"

#include <algorithm>

#include "../gemv/gemv.h"
#include "../memory/lines.h"
#include "../select.h"
#include "../threadPool.h"

namespace {

/// Where state and cell are kept between steps, as rows, and the sums that the state adds to gates.
struct Room {
  float *state, *cell, *sums;
  std::byte* rest;

  Room(const Recurrent& l, void* workspace) {
    const std::size_t rows = whole_lines(l.batch * l.hidden * sizeof(float));
    rest = static_cast<std::byte*>(workspace);
    const auto take = [this](std::size_t bytes) {
      rest += bytes;
      return reinterpret_cast<float*>(rest - bytes);
    };
    state = take(rows);
    cell = take(rows);
    sums = take(l.gates() * rows);
  }
  static std::size_t bytes(const Recurrent& l) {
    return (2 + l.gates()) * whole_lines(l.batch * l.hidden * sizeof(float));
  }
};

Gemm gemm_of(const Recurrent& l, const float* state, float* sums) {
  Gemm g{};
  g.m = l.batch;
  g.n = g.stride = l.gates() * l.hidden;
  g.depth = l.hidden;
  g.packed = Side::right;
  g.panels = l.weights;
  g.fill = gemm_fill(Side::left, {state, l.batch, l.hidden, l.hidden, 1});
  g.c = sums;
  g.epilogue.bias = l.bias;
  g.epilogue.bias_side = Side::right;
  return g;
}

/// What the states add to the sums of the gates.
void multiply(const Work& work, const Gemm& product, const Room& room) {
  if (product.m > most_gemv_rows) return gemm(&work, product, room.rest);
  gemv(&work, {product.m, product.n, product.depth, room.state, room.sums, product.epilogue}, product.panels,
       gemm_kernels().size.columns);
}

/// The states of step t, where those of the one before are.
void advance(const Recurrent& l, std::size_t t, const Room& room, const RecurrentKernels& kernels) {
  for (std::size_t b = 0; b < l.batch; ++b) {
    const float* const input = l.inputs + t * l.inputs_step + b * l.inputs_row;
    const float* const sums = room.sums + b * l.gates() * l.hidden;
    float* const state = room.state + b * l.hidden;
    if (l.kind == RecurrentKind::lstm) {
      kernels.lstm(input, sums, l.hidden, room.cell + b * l.hidden, state);
    } else {
      kernels.gru(input, sums, l.hidden, state);
    }
  }
}

void copy_rows(const Recurrent& l, const float* from, std::size_t from_row, float* to, std::size_t to_row) {
  for (std::size_t b = 0; b < l.batch; ++b) std::copy_n(from + b * from_row, l.hidden, to + b * to_row);
}

void begin(const Recurrent& l, const float* initial, float* rows) {
  if (initial) {
    copy_rows(l, initial, l.state_row, rows, l.hidden);
  } else {
    std::fill_n(rows, l.batch * l.hidden, 0.0f);
  }
}

}  // namespace

std::span<const RecurrentKernels> recurrent_variants() {
#define KERNEL(isa) {cpu::Isa::isa, lstm_f32_cell_##isa, gru_f32_cell_##isa},
  static constexpr RecurrentKernels all[] = {
#include "kernels.inc"
  };
#undef KERNEL
  return all;
}

const RecurrentKernels& recurrent_kernels() {
  static const RecurrentKernels& chosen = fastest(recurrent_variants());
  return chosen;
}

std::size_t recurrent_workspace(const Recurrent& l, std::size_t threads) {
  const bool is_gemm = l.batch > most_gemv_rows;
  return Room::bytes(l) + (is_gemm ? gemm_workspace(gemm_of(l, nullptr, nullptr), threads) : 0);
}

void recurrent(const Work& work, const Recurrent& l, void* workspace, const RecurrentKernels& kernels) {
  const Room room(l, workspace);
  begin(l, l.initial_state, room.state);
  begin(l, l.initial_cell, room.cell);
  const Gemm product = gemm_of(l, room.state, room.sums);
  for (std::size_t s = 0; s < l.steps; ++s) {
    const std::size_t t = l.is_reverse ? l.steps - 1 - s : s;
    multiply(work, product, room);
    advance(l, t, room, kernels);
    if (l.y) copy_rows(l, room.state, l.hidden, l.y + t * l.y_step, l.y_row);
  }
  if (l.last_state) copy_rows(l, room.state, l.hidden, l.last_state, l.state_row);
  if (l.last_cell) copy_rows(l, room.cell, l.hidden, l.last_cell, l.state_row);
}
