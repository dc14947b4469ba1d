#include "../registry.h"
#include "../weights.h"
#include "recurrent/recurrent.h"

namespace engine {
namespace {

constexpr std::size_t missing = static_cast<std::size_t>(-1);

/// Where the operands of a layer lie, `missing` where nobody gives or wants them.
struct Places {
  std::size_t inputs, initial_state, initial_cell, y, last_state, last_cell;
};

Lstm read_layer(StepReader& reader) {
  Lstm l{};
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
std::size_t reach(const Lstm& l, std::size_t step, std::size_t row, std::size_t length) {
  const std::size_t last = product_of({l.steps - 1, step}) + product_of({l.batch - 1, row});
  return product_of({last + length, sizeof(float)});
}

Places read_places(StepReader& reader, const Lstm& l) {
  const std::size_t of_states = reach(l, 0, l.state_row, l.hidden);
  std::size_t inputs = 2, outputs = 0;
  const auto input = [&] { return reader.flag() ? reader.input(inputs++, of_states) : missing; };
  const auto output = [&](std::size_t bytes) {
    return reader.flag() ? reader.output(outputs++, bytes) : missing;
  };
  Places p{};
  p.inputs = reader.input(0, reach(l, l.inputs_step, l.inputs_row, 4 * l.hidden));
  p.initial_state = input();
  p.initial_cell = input();
  p.y = output(reach(l, l.y_step, l.y_row, l.hidden));
  p.last_state = output(of_states);
  p.last_cell = output(of_states);
  return p;
}

}  // namespace

/// lstm: sums of inputs, weights (gemm.right), initial state and cell or nothing each -> y, last state and
/// cell or nothing each; steps, batch, hidden, whether it goes backwards, step and row of the sums and of y,
/// row of states, which of the packed matrices it takes, and of all that may be missing whether it is there
Step lstm_step(StepReader& reader) {
  const Lstm layer = read_layer(reader);
  const std::size_t item = reader.size();
  const auto weights = reader.packed<GemmWeights>(1, "gemm.right");
  reader.expect(weights->size == 4 * layer.hidden && weights->depth == layer.hidden && item < weights->items,
                "weights of the layer");
  const Places places = read_places(reader, layer);
  const auto run = [=](const Run& run) {
    const auto at = [&](std::size_t value) { return value == missing ? nullptr : run.at<float>(value); };
    Lstm now = layer;
    now.weights = weights->data() + item * weights->step;
    now.inputs = at(places.inputs);
    now.initial_state = at(places.initial_state);
    now.initial_cell = at(places.initial_cell);
    now.y = at(places.y);
    now.last_state = at(places.last_state);
    now.last_cell = at(places.last_cell);
    lstm(run.work, now, run.scratch);
  };
  return {run, lstm_workspace(layer, reader.threads()), cpu::name(recurrent_kernels().isa)};
}

}  // namespace engine
