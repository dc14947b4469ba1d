#include "recurrent.h"

#include <algorithm>

#include "../gemv/gemv.h"
#include "../memory/lines.h"
#include "../qgemv/qgemv.h"
#include "../quantize/dynamicRange.h"
#include "../quantize/quantize.h"
#include "../select.h"
#include "../threadPool.h"

namespace {

std::size_t sums_of_gates(const Recurrent& l) { return l.gates() * l.hidden; }

/// Where state and cell are kept between steps, as rows, and the sums that the state adds to gates; of
/// weights of 8 bits also the state's bytes, and what each gate's sum has added and is multiplied by.
struct Room {
  float *state, *cell, *sums, *scales;
  std::uint8_t* bytes;
  std::int32_t* offsets;
  std::byte* rest;
  std::size_t used = 0;

  /// @param workspace null where only its size is asked for
  Room(const Recurrent& l, void* workspace) : rest(static_cast<std::byte*>(workspace)) {
    const std::size_t rows = l.batch * l.hidden, quantized = l.bytes.panels ? 1 : 0;
    state = take<float>(rows);
    cell = take<float>(rows);
    sums = take<float>(l.gates() * rows);
    bytes = take<std::uint8_t>(quantized * rows);
    offsets = take<std::int32_t>(quantized * sums_of_gates(l));
    scales = take<float>(quantized * sums_of_gates(l));
  }

 private:
  template <class T>
  T* take(std::size_t count) {
    const std::size_t size = whole_lines(count * sizeof(T));
    auto* const from = reinterpret_cast<T*>(rest);
    used += size;
    if (rest) rest += size;
    return from;
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

/// By weights of floats.
void multiply_floats(const Work& work, const Gemm& product, const Room& room) {
  if (product.m > most_gemv_rows) return gemm(&work, product, room.rest);
  gemv(&work, {product.m, product.n, product.depth, room.state, room.sums, product.epilogue}, product.panels,
       gemm_kernels().size.columns);
}

QGemm qgemm_of(const Recurrent& l, const Room& room) {
  QGemm g{};
  g.m = l.batch;
  g.n = g.stride = sums_of_gates(l);
  g.depth = ceil_div(l.hidden, std::size_t{4});
  g.packed = Side::right;
  g.panels = l.bytes.panels;
  g.fill = qgemm_fill(room.bytes, l.batch, l.hidden, l.hidden);
  g.output = Output::f32;
  g.c = room.sums;
  g.dequantize = {room.offsets, room.scales, l.bias, nullptr, {}};
  return g;
}

/// By weights of 8 bits.
void multiply_bytes(const Work& work, const Recurrent& l, const Room& room) {
  const std::size_t elements = l.batch * l.hidden;
  const DynamicRange range(min_max(work, room.state, elements));
  quantize(work, room.state, {1, 1, elements}, {&range.scale, &range.zero_point}, 0, 255, {8, false},
           room.bytes);
  for (std::size_t gate = 0; gate < sums_of_gates(l); ++gate) {
    room.offsets[gate] = -range.zero_point * l.bytes.sums[gate];
    room.scales[gate] = range.scale * l.bytes.scales[l.bytes.factors == 1 ? 0 : gate];
  }
  const QGemm product = qgemm_of(l, room);
  if (l.batch > most_gemv_rows) return qgemm(&work, product, room.rest);
  qgemv(&work, {l.batch, product.n, l.hidden, room.bytes, Output::f32, room.sums, {}, product.dequantize},
        QPanels(l.bytes.panels, product.n, product.depth, qgemm_kernels()), room.rest);
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
  const Room room(l, nullptr);
  const bool are_few = l.batch <= most_gemv_rows;
  const auto product = [&]() -> std::size_t {
    if (!l.bytes.panels) return are_few ? 0 : gemm_workspace(gemm_of(l, nullptr, nullptr), threads);
    if (!are_few) return qgemm_workspace(qgemm_of(l, room), threads);
    return qgemv_workspace({l.batch, sums_of_gates(l), l.hidden, nullptr, Output::f32, nullptr, {}, {}});
  };
  return room.used + product();
}

void recurrent(const Work& work, const Recurrent& l, void* workspace, const RecurrentKernels& kernels) {
  const Room room(l, workspace);
  begin(l, l.initial_state, room.state);
  begin(l, l.initial_cell, room.cell);
  const Gemm product = gemm_of(l, room.state, room.sums);
  for (std::size_t s = 0; s < l.steps; ++s) {
    const std::size_t t = l.is_reverse ? l.steps - 1 - s : s;
    l.bytes.panels ? multiply_bytes(work, l, room) : multiply_floats(work, product, room);
    advance(l, t, room, kernels);
    if (l.y) copy_rows(l, room.state, l.hidden, l.y + t * l.y_step, l.y_row);
  }
  if (l.last_state) copy_rows(l, room.state, l.hidden, l.last_state, l.state_row);
  if (l.last_cell) copy_rows(l, room.cell, l.hidden, l.last_cell, l.state_row);
}
