#include "recurrent/recurrent.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "dense.h"
#include "gemm/gemm.h"
#include "qgemm/qgemm.h"

namespace {

class RecurrentVariants : public testing::TestWithParam<RecurrentKernels> {};
FOR_EACH_VARIANT(RecurrentVariants, recurrent_variants());

constexpr double rounding = 0x1p-24 * 1.01;

/// A number, and how far off a float that stands for it may be.
struct Near {
  double value, error;
};

Near sum(const Near& a, const Near& b) {
  const double value = a.value + b.value, error = a.error + b.error;
  return {value, error + rounding * (std::fabs(value) + error)};
}

Near product(const Near& a, const Near& b) {
  const double value = a.value * b.value;
  const double error = std::fabs(a.value) * b.error + std::fabs(b.value) * a.error + a.error * b.error;
  return {value, error + rounding * (std::fabs(value) + error)};
}

Near after(ActivationKind kind, const Near& x) {
  const double value = exact(x.value, {kind}), steepest = kind == ActivationKind::sigmoid ? 0.25 : 1;
  return {value, steepest * x.error + 1.1e-6 * (std::fabs(value) + x.error) + 1e-35};
}

/// State and cell of one lane.
struct Lane {
  Near state, cell;
};

/// What inputs and states add to each gate.
using Parts = std::array<std::pair<Near, Near>, 4>;

Lane next(RecurrentKind kind, const Parts& parts, const Lane& before) {
  using enum ActivationKind;
  const auto gate = [&](std::size_t index, ActivationKind f) {
    return after(f, sum(parts[index].first, parts[index].second));
  };
  if (kind == RecurrentKind::lstm) {
    const Near c = sum(product(gate(2, sigmoid), before.cell), product(gate(0, sigmoid), gate(3, tanh)));
    return {product(gate(1, sigmoid), after(tanh, c)), c};
  }
  const Near n = after(tanh, sum(parts[2].first, product(gate(1, sigmoid), parts[2].second)));
  const Near change = sum(before.state, {-n.value, n.error});
  return {sum(n, product(gate(0, sigmoid), change)), before.cell};
}

Near given(float x) { return {static_cast<double>(x), 0}; }

TEST_P(RecurrentVariants, CellsEqualTwins) {
  for (const std::size_t hidden : {1, 3, 7, 8, 15, 16, 17, 33, 64, 100}) {
    SCOPED_TRACE(hidden);
    std::vector<float> input = values(4 * hidden, 1);
    input[0] = 200, input[hidden] = -200;  // beyond what exponentials hold
    const std::vector<float> recurrent = values(4 * hidden, 2), cells = values(hidden, 3),
                             states = values(hidden, 4);
    std::vector<float> cell = cells, state = states, of_gru = states;
    GetParam().lstm(input.data(), recurrent.data(), hidden, cell.data(), state.data());
    GetParam().gru(input.data(), recurrent.data(), hidden, of_gru.data());
    for (std::size_t j = 0; j < hidden; ++j) {
      Parts parts;
      for (std::size_t gate = 0; gate < 4; ++gate)
        parts[gate] = {given(input[gate * hidden + j]), given(recurrent[gate * hidden + j])};
      const Lane before{given(states[j]), given(cells[j])};
      const Lane lstm = next(RecurrentKind::lstm, parts, before),
                 gru = next(RecurrentKind::gru, parts, before);
      ASSERT_NEAR(cell[j], lstm.cell.value, lstm.cell.error) << j;
      ASSERT_NEAR(state[j], lstm.state.value, lstm.state.error) << j;
      ASSERT_NEAR(of_gru[j], gru.state.value, gru.state.error) << j;
    }
  }
}

struct LayerShape {
  RecurrentKind kind;
  std::size_t steps, batch, hidden;
  bool is_reverse, is_batch_first, has_initial;

  std::size_t gates() const { return kind == RecurrentKind::lstm ? 4 : 3; }
};

/// A layer with its operands; rows of sums lie 3 floats apart, others 1.
class Layer {
 public:
  explicit Layer(const LayerShape& s)
      : shape_(s),
        sums_row_(s.gates() * s.hidden + 3),
        row_(s.hidden + 1),
        inputs_(values(s.steps * s.batch * sums_row_, 1)),
        weights_(values(s.gates() * s.hidden * s.hidden, 2)),
        bias_(values(s.gates() * s.hidden, 5)),
        state_(values(s.batch * row_, 3)),
        cell_(values(s.batch * row_, 4)),
        panels_(gemm_packed_size(Side::right, s.gates() * s.hidden, s.hidden)) {
    // So that errors do not grow from step to step.
    for (float& w : weights_) w *= 0.5f / static_cast<float>(s.hidden);
    gemm_pack(Side::right, {weights_.data(), s.gates() * s.hidden, s.hidden, s.hidden, 1}, panels_.get());
  }

  std::vector<float> y, last_state, last_cell;

  void run(const Work& work, const RecurrentKernels& kernels) {
    y.assign(shape_.steps * shape_.batch * row_, 9);
    last_state = last_cell = std::vector<float>(shape_.batch * row_, 9);
    const std::size_t step = shape_.is_batch_first ? 1 : shape_.batch,
                      row = shape_.is_batch_first ? shape_.steps : 1;
    Recurrent layer{};
    layer.kind = shape_.kind;
    layer.steps = shape_.steps, layer.batch = shape_.batch, layer.hidden = shape_.hidden;
    layer.is_reverse = shape_.is_reverse;
    layer.inputs = inputs_.data(), layer.inputs_step = step * sums_row_, layer.inputs_row = row * sums_row_;
    layer.weights = panels_.get(), layer.bias = has_bias() ? bias_.data() : nullptr;
    if (shape_.has_initial) layer.initial_state = state_.data(), layer.initial_cell = cell_.data();
    layer.y = y.data(), layer.y_step = step * row_, layer.y_row = row * row_;
    layer.last_state = last_state.data(), layer.last_cell = last_cell.data(), layer.state_row = row_;
    const Aligned<std::byte> space(recurrent_workspace(layer, work.pool.size()));
    recurrent(work, layer, space.get(), kernels);
  }

  void expect_twin() const {
    for (std::size_t b = 0; b < shape_.batch; ++b) expect_twin(b);
  }

 private:
  bool has_bias() const { return shape_.kind == RecurrentKind::gru; }

  void expect_twin(std::size_t b) const {
    std::vector<Lane> lanes(shape_.hidden, {{0, 0}, {0, 0}});
    for (std::size_t j = 0; j < shape_.hidden && shape_.has_initial; ++j)
      lanes[j] = {given(state_[b * row_ + j]), given(cell_[b * row_ + j])};
    for (std::size_t s = 0; s < shape_.steps; ++s) {
      const std::size_t t = shape_.is_reverse ? shape_.steps - 1 - s : s;
      const std::size_t row = shape_.is_batch_first ? b * shape_.steps + t : t * shape_.batch + b;
      lanes = after_step(lanes, inputs_.data() + row * sums_row_);
      for (std::size_t j = 0; j < lanes.size(); ++j)
        ASSERT_NEAR(y[row * row_ + j], lanes[j].state.value, lanes[j].state.error) << row << ", " << j;
      ASSERT_EQ(y[row * row_ + shape_.hidden], 9);
    }
    for (std::size_t j = 0; j < lanes.size(); ++j) {
      ASSERT_NEAR(last_state[b * row_ + j], lanes[j].state.value, lanes[j].state.error);
      ASSERT_NEAR(last_cell[b * row_ + j], lanes[j].cell.value, lanes[j].cell.error);
    }
  }

  std::vector<Lane> after_step(const std::vector<Lane>& lanes, const float* input) const {
    const std::size_t hidden = shape_.hidden;
    std::vector<Lane> after(hidden);
    for (std::size_t j = 0; j < hidden; ++j) {
      Parts parts{};
      for (std::size_t gate = 0; gate < shape_.gates(); ++gate)
        parts[gate] = {given(input[gate * hidden + j]), of_states(lanes, gate * hidden + j)};
      after[j] = next(shape_.kind, parts, lanes[j]);
    }
    return after;
  }

  /// What the states add to a gate: gemm's bound, and their own errors.
  Near of_states(const std::vector<Lane>& lanes, std::size_t gate) const {
    Near all = has_bias() ? given(bias_[gate]) : Near{0, 0};
    double magnitudes = std::fabs(all.value);
    for (std::size_t k = 0; k < lanes.size(); ++k) {
      const double w = weights_[gate * lanes.size() + k];
      const Near& x = lanes[k].state;
      all.value += w * x.value;
      all.error += std::fabs(w) * x.error;
      magnitudes += std::fabs(w) * (std::fabs(x.value) + x.error);
    }
    all.error += static_cast<double>(lanes.size() + 3) * rounding * magnitudes;
    return all;
  }

  LayerShape shape_;
  std::size_t sums_row_, row_;
  std::vector<float> inputs_, weights_, bias_, state_, cell_;
  Aligned<float> panels_;
};

/// One step and many, batches for either product, lanes on both sides of a vector, weights worth sharing.
constexpr RecurrentKind lstm_kind = RecurrentKind::lstm, gru_kind = RecurrentKind::gru;
constexpr LayerShape shapes[] = {
    {lstm_kind, 1, 1, 1, false, false, false}, {lstm_kind, 1, 1, 128, false, false, true},
    {lstm_kind, 5, 1, 64, false, false, true}, {lstm_kind, 4, 3, 17, true, false, true},
    {lstm_kind, 3, 4, 9, false, true, false},  {lstm_kind, 6, 5, 20, true, true, true},
    {lstm_kind, 2, 9, 33, false, false, true}, {lstm_kind, 2, 2, 200, true, false, true},
    {gru_kind, 5, 1, 64, false, false, true},  {gru_kind, 4, 3, 17, true, false, false},
    {gru_kind, 6, 5, 20, true, true, true},    {gru_kind, 2, 2, 200, false, false, true}};

TEST_P(RecurrentVariants, LayerEqualsTwin) {
  for (const LayerShape& s : shapes) {
    SCOPED_TRACE(std::to_string(s.gates()) + " gates, " + std::to_string(s.steps) + " steps of " +
                 std::to_string(s.batch) + " x " + std::to_string(s.hidden));
    Layer layer(s);
    std::vector<float> first;
    with_pools([&](const Work& work) {
      layer.run(work, GetParam());
      layer.expect_twin();
      if (!first.empty()) {
        ASSERT_EQ(layer.y, first);
      }
      first = layer.y;
    });
  }
}

/// An LSTM by weights of 8 bits, all of whose states are given: so those that are quantized at each step are
/// known exactly.
class ByteLayer {
 public:
  ByteLayer(std::size_t batch, std::size_t hidden, std::size_t factors)
      : batch_(batch),
        hidden_(hidden),
        inputs_(values(steps * batch * 4 * hidden, 1)),
        bias_(values(4 * hidden, 2)),
        cell_(values(batch * hidden, 3)),
        scales_(values(factors, 4)),
        weights_(4 * hidden * hidden),
        sums_(4 * hidden),
        panels_(qgemm_packed_size(Side::right, 4 * hidden, ceil_div(hidden, std::size_t{4}))) {
    std::mt19937 random(5);
    for (std::int8_t& w : weights_) w = static_cast<std::int8_t>(random());
    for (float& scale : scales_) scale = 0.002f + 0.001f * std::fabs(scale);
    qgemm_pack(Side::right, {weights_.data(), 4 * hidden, hidden, 1, hidden, 1}, panels_.get(), sums_.data());
  }

  std::vector<float> run(const Work& work) const {
    std::vector<float> y(steps * batch_ * hidden_);
    Recurrent layer{};
    layer.kind = RecurrentKind::lstm;
    layer.steps = steps, layer.batch = batch_, layer.hidden = hidden_;
    layer.inputs = inputs_.data(), layer.inputs_step = batch_ * 4 * hidden_, layer.inputs_row = 4 * hidden_;
    layer.bytes = {panels_.get(), sums_.data(), scales_.data(), scales_.size()};
    layer.bias = bias_.data();
    layer.initial_cell = cell_.data(), layer.state_row = hidden_;
    layer.y = y.data(), layer.y_step = batch_ * hidden_, layer.y_row = hidden_;
    const Aligned<std::byte> space(recurrent_workspace(layer, work.pool.size()));
    recurrent(work, layer, space.get());
    return y;
  }

  void expect_twin(const std::vector<float>& y) const {
    std::vector<Near> cells;
    for (const float cell : cell_) cells.push_back(given(cell));
    std::vector<float> before(batch_ * hidden_, 0.0f);
    for (std::size_t t = 0; t < steps; ++t) {
      const float* const now = y.data() + t * before.size();
      for (std::size_t at = 0; at < before.size(); ++at) {
        const Lane lane = after(t, at, before, cells[at]);
        ASSERT_NEAR(now[at], lane.state.value, lane.state.error) << t << ", " << at;
        cells[at] = lane.cell;
      }
      before.assign(now, now + before.size());
    }
  }

  static constexpr std::size_t steps = 4;

 private:
  Lane after(std::size_t t, std::size_t at, const std::vector<float>& before, const Near& cell) const {
    const float* const row = before.data() + at / hidden_ * hidden_;
    const std::size_t j = at % hidden_;
    Parts parts{};
    for (std::size_t gate = 0; gate < 4; ++gate) {
      const std::size_t column = gate * hidden_ + j;
      const float input = inputs_[(t * batch_ + at / hidden_) * 4 * hidden_ + column];
      parts[gate] = {given(input), of_states(row, before, column)};
    }
    return next(RecurrentKind::lstm, parts, {{0, 0}, cell});
  }

  Near of_states(const float* row, const std::vector<float>& all, std::size_t column) const {
    const auto [low, high] = std::minmax_element(all.begin(), all.end());
    const float least = std::min(*low, 0.0f), most = std::max(*high, 0.0f);
    const float step = most > least ? (most - least) / 255.0f : 1.0f;
    const double zero = std::nearbyint(std::clamp(0.0f - least / step, 0.0f, 255.0f));
    double sum = 0;
    for (std::size_t k = 0; k < hidden_; ++k) {
      const double byte = std::clamp(std::nearbyint(static_cast<double>(row[k] / step)) + zero, 0.0, 255.0);
      sum += (byte - zero) * weights_[column * hidden_ + k];
    }
    const double scale =
        static_cast<double>(step) * static_cast<double>(scales_[scales_.size() == 1 ? 0 : column]);
    const double value = scale * sum, bias = static_cast<double>(bias_[column]);
    return {value + bias, 4 * rounding * (std::fabs(value) + std::fabs(bias))};
  }

  std::size_t batch_, hidden_;
  std::vector<float> inputs_, bias_, cell_, scales_;
  std::vector<std::int8_t> weights_;
  std::vector<std::int32_t> sums_;
  Aligned<std::uint32_t> panels_;
};

TEST(Recurrent, ByWeightsOfBytes) {
  for (const auto& [batch, hidden] :
       std::vector<std::array<std::size_t, 2>>{{1, 64}, {3, 17}, {6, 20}, {2, 200}}) {
    for (const std::size_t factors : {std::size_t{1}, 4 * hidden}) {
      SCOPED_TRACE(std::to_string(batch) + " x " + std::to_string(hidden));
      const ByteLayer layer(batch, hidden, factors);
      std::vector<float> first;
      with_pools([&](const Work& work) {
        const std::vector<float> y = layer.run(work);
        layer.expect_twin(y);
        if (!first.empty()) {
          ASSERT_EQ(y, first);
        }
        first = y;
      });
    }
  }
}

TEST(Recurrent, GivesOnlyWhatIsWanted) {
  const float input[4] = {0, 0, 0, 1};
  const Aligned<float> panels(gemm_packed_size(Side::right, 4, 1));
  const float weights[4] = {0, 0, 0, 0};
  gemm_pack(Side::right, {weights, 4, 1, 1, 1}, panels.get());
  float last = 9;
  Recurrent layer{};
  layer.kind = RecurrentKind::lstm;
  layer.steps = layer.batch = layer.hidden = 1;
  layer.inputs = input, layer.weights = panels.get();
  layer.last_cell = &last;
  ThreadPool pool(1);
  const std::atomic<bool> cancelled{false};
  const Aligned<std::byte> space(recurrent_workspace(layer, 1));
  recurrent({pool, cancelled}, layer, space.get());
  EXPECT_NEAR(last, 0.5 * std::tanh(1.0), 1e-6);
}

}  // namespace
