#include "recurrent/recurrent.h"

#include "dense.h"
#include "gemm/gemm.h"

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

Lane next(const Near (&sums)[4], const Near& cell) {
  using enum ActivationKind;
  const Near i = after(sigmoid, sums[0]), o = after(sigmoid, sums[1]), f = after(sigmoid, sums[2]),
             g = after(tanh, sums[3]);
  const Near c = sum(product(f, cell), product(i, g));
  return {product(o, after(tanh, c)), c};
}

Near given(float x) { return {static_cast<double>(x), 0}; }

TEST_P(RecurrentVariants, CellEqualsTwin) {
  for (const std::size_t hidden : {1, 3, 7, 8, 15, 16, 17, 33, 64, 100}) {
    SCOPED_TRACE(hidden);
    std::vector<float> input = values(4 * hidden, 1), recurrent = values(4 * hidden, 2);
    input[0] = 200, input[hidden] = -200;  // beyond what exponentials hold
    std::vector<float> cell = values(hidden, 3), state(hidden, 9);
    const std::vector<float> before = cell;
    GetParam().lstm(input.data(), recurrent.data(), hidden, cell.data(), state.data());
    for (std::size_t j = 0; j < hidden; ++j) {
      Near sums[4];
      for (std::size_t gate = 0; gate < 4; ++gate)
        sums[gate] = sum(given(input[gate * hidden + j]), given(recurrent[gate * hidden + j]));
      const Lane want = next(sums, given(before[j]));
      ASSERT_NEAR(cell[j], want.cell.value, want.cell.error) << j;
      ASSERT_NEAR(state[j], want.state.value, want.state.error) << j;
    }
  }
}

struct LayerShape {
  std::size_t steps, batch, hidden;
  bool is_reverse, is_batch_first, has_initial;
};

/// A layer with its operands; rows of sums lie 3 floats apart, others 1.
class Layer {
 public:
  explicit Layer(const LayerShape& s)
      : shape_(s),
        sums_row_(4 * s.hidden + 3),
        row_(s.hidden + 1),
        inputs_(values(s.steps * s.batch * sums_row_, 1)),
        weights_(values(4 * s.hidden * s.hidden, 2)),
        state_(values(s.batch * row_, 3)),
        cell_(values(s.batch * row_, 4)),
        panels_(gemm_packed_size(Side::right, 4 * s.hidden, s.hidden)) {
    // So that errors do not grow from step to step.
    for (float& w : weights_) w *= 0.5f / static_cast<float>(s.hidden);
    gemm_pack(Side::right, {weights_.data(), 4 * s.hidden, s.hidden, s.hidden, 1}, panels_.get());
  }

  std::vector<float> y, last_state, last_cell;

  void run(const Work& work, const RecurrentKernels& kernels) {
    const auto& [steps, batch, hidden, is_reverse, is_batch_first, has_initial] = shape_;
    y.assign(steps * batch * row_, 9);
    last_state = last_cell = std::vector<float>(batch * row_, 9);
    const auto [step, row] =
        is_batch_first ? std::pair{std::size_t{1}, steps} : std::pair{batch, std::size_t{1}};
    const Lstm layer{steps,
                     batch,
                     hidden,
                     is_reverse,
                     inputs_.data(),
                     step * sums_row_,
                     row * sums_row_,
                     panels_.get(),
                     has_initial ? state_.data() : nullptr,
                     has_initial ? cell_.data() : nullptr,
                     y.data(),
                     step * row_,
                     row * row_,
                     last_state.data(),
                     last_cell.data(),
                     row_};
    const Aligned<std::byte> space(lstm_workspace(layer, work.pool.size()));
    lstm(work, layer, space.get(), kernels);
  }

  void expect_twin() const {
    for (std::size_t b = 0; b < shape_.batch; ++b) expect_twin(b);
  }

 private:
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
      Near sums[4];
      for (std::size_t gate = 0; gate < 4; ++gate)
        sums[gate] = sum(given(input[gate * hidden + j]), recurrent(lanes, gate * hidden + j));
      after[j] = next(sums, lanes[j].cell);
    }
    return after;
  }

  /// What the states add to a gate: gemm's bound, and their own errors.
  Near recurrent(const std::vector<Lane>& lanes, std::size_t gate) const {
    Near all{0, 0};
    double magnitudes = 0;
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
  std::vector<float> inputs_, weights_, state_, cell_;
  Aligned<float> panels_;
};

/// One step and many, batches for either product, lanes on both sides of a vector, weights worth sharing.
constexpr LayerShape shapes[] = {{1, 1, 1, false, false, false}, {1, 1, 128, false, false, true},
                                 {5, 1, 64, false, false, true}, {4, 3, 17, true, false, true},
                                 {3, 4, 9, false, true, false},  {6, 5, 20, true, true, true},
                                 {2, 9, 33, false, false, true}, {2, 2, 200, true, false, true}};

TEST_P(RecurrentVariants, LayerEqualsTwin) {
  for (const LayerShape& s : shapes) {
    SCOPED_TRACE(std::to_string(s.steps) + " steps of " + std::to_string(s.batch) + " x " +
                 std::to_string(s.hidden));
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

TEST(Recurrent, GivesOnlyWhatIsWanted) {
  const float input[4] = {0, 0, 0, 1};
  const Aligned<float> panels(gemm_packed_size(Side::right, 4, 1));
  const float weights[4] = {0, 0, 0, 0};
  gemm_pack(Side::right, {weights, 4, 1, 1, 1}, panels.get());
  float last = 9;
  const Lstm layer{1,       1,       1,       false, input, 4,       4,     panels.get(),
                   nullptr, nullptr, nullptr, 1,     1,     nullptr, &last, 1};
  ThreadPool pool(1);
  const std::atomic<bool> cancelled{false};
  const Aligned<std::byte> space(lstm_workspace(layer, 1));
  lstm({pool, cancelled}, layer, space.get());
  EXPECT_NEAR(last, 0.5 * std::tanh(1.0), 1e-6);
}

}  // namespace
