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

  Room(const Lstm& l, void* workspace) {
    const std::size_t rows = whole_lines(l.batch * l.hidden * sizeof(float));
    rest = static_cast<std::byte*>(workspace);
    const auto take = [this](std::size_t bytes) {
      rest += bytes;
      return reinterpret_cast<float*>(rest - bytes);
    };
    state = take(rows);
    cell = take(rows);
    sums = take(4 * rows);
  }
  static std::size_t bytes(const Lstm& l) { return 6 * whole_lines(l.batch * l.hidden * sizeof(float)); }
};

Gemm gemm_of(const Lstm& l, const float* state, float* sums) {
  Gemm g{};
  g.m = l.batch;
  g.n = g.stride = 4 * l.hidden;
  g.depth = l.hidden;
  g.packed = Side::right;
  g.panels = l.weights;
  g.fill = gemm_fill(Side::left, {state, l.batch, l.hidden, l.hidden, 1});
  g.c = sums;
  return g;
}

void copy_rows(const Lstm& l, const float* from, std::size_t from_row, float* to, std::size_t to_row) {
  for (std::size_t b = 0; b < l.batch; ++b) std::copy_n(from + b * from_row, l.hidden, to + b * to_row);
}

void begin(const Lstm& l, const float* initial, float* rows) {
  if (initial) {
    copy_rows(l, initial, l.state_row, rows, l.hidden);
  } else {
    std::fill_n(rows, l.batch * l.hidden, 0.0f);
  }
}

}  // namespace

std::span<const RecurrentKernels> recurrent_variants() {
#define KERNEL(isa) {cpu::Isa::isa, lstm_f32_cell_##isa},
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

std::size_t lstm_workspace(const Lstm& l, std::size_t threads) {
  const std::size_t product =
      l.batch <= most_gemv_rows ? 0 : gemm_workspace(gemm_of(l, nullptr, nullptr), threads);
  return Room::bytes(l) + product;
}

void lstm(const Work& work, const Lstm& l, void* workspace, const RecurrentKernels& kernels) {
  const Room room(l, workspace);
  begin(l, l.initial_state, room.state);
  begin(l, l.initial_cell, room.cell);
  const Gemm product = gemm_of(l, room.state, room.sums);
  for (std::size_t s = 0; s < l.steps; ++s) {
    const std::size_t t = l.is_reverse ? l.steps - 1 - s : s;
    if (l.batch <= most_gemv_rows) {
      gemv(&work, {l.batch, 4 * l.hidden, l.hidden, room.state, room.sums, {}}, l.weights,
           gemm_kernels().size.columns);
    } else {
      gemm(&work, product, room.rest);
    }
    for (std::size_t b = 0; b < l.batch; ++b) {
      kernels.lstm(l.inputs + t * l.inputs_step + b * l.inputs_row, room.sums + b * 4 * l.hidden, l.hidden,
                   room.cell + b * l.hidden, room.state + b * l.hidden);
    }
    if (l.y) copy_rows(l, room.state, l.hidden, l.y + t * l.y_step, l.y_row);
  }
  if (l.last_state) copy_rows(l, room.state, l.hidden, l.last_state, l.state_row);
  if (l.last_cell) copy_rows(l, room.cell, l.hidden, l.last_cell, l.state_row);
}
