#include "recurrent/recurrent.h"

#include "../../roundUp.h"
#include "../registry.h"
#include "../weights.h"
#include "names.h"

namespace engine {
namespace {

constexpr std::size_t missing = static_cast<std::size_t>(-1);

/// Where the operands of a layer lie, `missing` where nobody gives or wants them.
struct Places {
  std::size_t inputs, bias, initial_state, initial_cell, y, last_state, last_cell;
};

Recurrent read_layer(StepReader& reader) {
  static constexpr std::string_view names[] = {"lstm", "gru"};
  Recurrent l{};
  l.kind = variant_among<RecurrentKind>(reader, names);
  l.steps = reader.size();
  l.batch = reader.size();
  l.hidden = reader.size();
  l.is_reverse = reader.flag();
  l.inputs_step = reader.size();
  l.inputs_row = reader.size();
  l.y_step = reader.size();
  l.y_row = reader.size();
  l.state_row = reader.size();
  reader.expect(l.steps > 0 && l.batch > 0 && l.hidden > 0, "a layer that is not empty");
  product_of({l.steps, l.batch, l.hidden, 6 * sizeof(float)});
  return l;
}

/// Bytes up to the end of the last row, `length` floats long.
std::size_t reach(const Recurrent& l, std::size_t step, std::size_t row, std::size_t length) {
  const std::size_t last = product_of({l.steps - 1, step}) + product_of({l.batch - 1, row});
  return product_of({last + length, sizeof(float)});
}

/// @param inputs that stand before those which may be missing
Places read_places(StepReader& reader, const Recurrent& l, std::size_t inputs) {
  const std::size_t of_states = reach(l, 0, l.state_row, l.hidden), of_gates = l.gates() * l.hidden;
  std::size_t outputs = 0;
  const auto input = [&](std::size_t bytes) {
    return reader.flag() ? reader.input(inputs++, bytes) : missing;
  };
  const auto output = [&](std::size_t bytes) {
    return reader.flag() ? reader.output(outputs++, bytes) : missing;
  };
  Places p{};
  p.inputs = reader.input(0, reach(l, l.inputs_step, l.inputs_row, of_gates));
  p.bias = input(of_gates * sizeof(float));
  p.initial_state = input(of_states);
  p.initial_cell = input(of_states);
  p.y = output(reach(l, l.y_step, l.y_row, l.hidden));
  p.last_state = output(of_states);
  p.last_cell = output(of_states);
  return p;
}

/// The layer with its operands in a run, but for weights.
Recurrent placed(const Run& run, const Recurrent& layer, const Places& places) {
  const auto at = [&](std::size_t value) { return value == missing ? nullptr : run.at<float>(value); };
  Recurrent now = layer;
  now.inputs = at(places.inputs);
  now.bias = at(places.bias);
  now.initial_state = at(places.initial_state);
  now.initial_cell = at(places.initial_cell);
  now.y = at(places.y);
  now.last_state = at(places.last_state);
  now.last_cell = at(places.last_cell);
  return now;
}

}  // namespace

/// recurrent.lstm, .gru: sums of inputs, weights (gemm.right), bias, initial state and cell or nothing each
/// -> y, last state and cell or nothing each; steps, batch, hidden, whether it goes backwards, step and row
/// of the sums and of y, row of states, which of the packed matrices it takes, and of all that may be missing
/// whether it is there
Step recurrent_step(StepReader& reader) {
  const Recurrent layer = read_layer(reader);
  const std::size_t item = reader.size();
  const auto weights = reader.packed<GemmWeights>(1, "gemm.right");
  reader.expect(weights->size == layer.gates() * layer.hidden && weights->depth == layer.hidden &&
                    item < weights->items,
                "weights of the layer");
  const Places places = read_places(reader, layer, 2);
  const auto run = [=](const Run& run) {
    Recurrent now = placed(run, layer, places);
    now.weights = weights->data() + item * weights->step;
    recurrent(run.work, now, run.scratch);
  };
  return {run, recurrent_workspace(layer, reader.threads()), cpu::name(recurrent_kernels().isa)};
}

/// qrecurrent.lstm, .gru: the same with weights of 8 bits (qgemm.right, one item) and behind them their
/// scales, one or one a gate; of the numbers that of scales in place of the one that tells matrices apart
Step qrecurrent_step(StepReader& reader) {
  Recurrent layer = read_layer(reader);
  const std::size_t factors = reader.size();
  const auto weights = reader.packed<IntegerWeights>(1, "qgemm.right");
  reader.expect(weights->items == 1 && weights->size == layer.gates() * layer.hidden &&
                    weights->depth == ceil_div(layer.hidden, std::size_t{4}),
                "weights of the layer");
  reader.expect(factors == 1 || factors == weights->size, "a scale, or one a gate");
  const std::size_t scales = reader.input(2, factors * sizeof(float));
  const Places places = read_places(reader, layer, 3);
  layer.bytes = {weights->data(), weights->sums.data(), nullptr, factors};
  const auto run = [=](const Run& run) {
    Recurrent now = placed(run, layer, places);
    now.bytes = {weights->data(), weights->sums.data(), run.at<const float>(scales), factors};
    recurrent(run.work, now, run.scratch);
  };
  return {run, recurrent_workspace(layer, reader.threads()), cpu::name(qgemm_kernels().isa)};
}

}  // namespace engine
