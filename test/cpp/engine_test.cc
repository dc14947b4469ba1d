#include "engine/program.h"

#include <cstring>

#include "elementwise/elementwise.h"

#include "support.h"

namespace {

using engine::Place;
using engine::Program;
using engine::ProgramSpec;

std::shared_ptr<const engine::Constant> floats(const std::vector<float>& x) {
  return std::make_shared<engine::Constant>(engine::make_constant("raw", std::as_bytes(std::span(x)), {}));
}

/// y = relu(x + constant), 4 floats, through the arena.
ProgramSpec sum_and_relu() {
  ProgramSpec spec;
  spec.constants = {floats({1, 2, 3, 4})};
  spec.values = {
      {Place::input, 0, 16}, {Place::constant, 0, 16}, {Place::arena, 64, 16}, {Place::output, 0, 16}};
  spec.steps = {{"binary.add", {0, 1}, {2}, {1, 4, 1, 1}}, {"unary.relu", {2}, {3}, {4, 0, 0}}};
  spec.arena_bytes = 128;
  spec.inputs = spec.outputs = 1;
  return spec;
}

void run(const Program& program, const Work& work, std::vector<float>& x, std::vector<float>& y,
         engine::ArenaPool& arenas, std::span<double> seconds = {}) {
  const engine::Buffer in{reinterpret_cast<std::byte*>(x.data()), x.size() * sizeof(float)};
  const engine::Buffer out{reinterpret_cast<std::byte*>(y.data()), y.size() * sizeof(float)};
  program.run(work, arenas, {&in, 1}, {&out, 1}, seconds);
}

TEST(EngineProgram, RunsItsStepsInOrder) {
  const Program program(sum_and_relu());
  engine::ArenaPool arenas;
  with_pools([&](const Work& work) {
    std::vector<float> x = {-5, 0, 1, -4}, y(4);
    double seconds[2] = {0, 0};
    run(program, work, x, y, arenas, seconds);
    EXPECT_EQ(y, (std::vector<float>{0, 2, 4, 0}));
    EXPECT_GT(seconds[0] + seconds[1], 0);
  });
  EXPECT_EQ(program.arena_bytes(), 128u);
  EXPECT_STREQ(program.isa(0), cpu::name(elementwise_kernels().isa));
}

TEST(EngineProgram, StopsBetweenStepsWhenCancelled) {
  const Program program(sum_and_relu());
  engine::ArenaPool arenas;
  ThreadPool pool(1);
  const std::atomic<bool> cancelled{true};
  std::vector<float> x(4, 1), y(4, 9);
  run(program, {pool, cancelled}, x, y, arenas);
  EXPECT_EQ(y, std::vector<float>(4, 9));
}

TEST(EngineProgram, ManyRunsAtOnceHaveMemoryOfTheirOwn) {
  const Program program(sum_and_relu());
  engine::ArenaPool arenas;
  ThreadPool pool(2);
  const std::atomic<bool> cancelled{false};
  std::vector<std::thread> threads;
  std::atomic<int> wrong{0};
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int k = 0; k < 200; ++k) {
        const auto value = static_cast<float>(100 * t + k);
        std::vector<float> x(4, value), y(4);
        run(program, {pool, cancelled}, x, y, arenas);
        wrong += y != std::vector<float>{value + 1, value + 2, value + 3, value + 4};
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

/// Two items of one row, one key and one column; rows of the result so far apart.
engine::StepSpec attention_of_two(double apart) {
  engine::StepSpec step{"attention", {0, 0, 0}, {2}, {2}};
  std::vector<double>& numbers = step.parameters;
  numbers.insert(numbers.end(), 4 + 9, 1);  // other sizes, and where operands lie
  for (double mask : {1, 1, 2, 0}) numbers.push_back(mask);
  for (double rows : {2.0, 2.0, 1.0, apart, 1.0}) numbers.push_back(rows);
  return step;
}

TEST(EngineProgram, TakesAnAttention) {
  ProgramSpec spec = sum_and_relu();
  spec.steps[0] = attention_of_two(3);
  const Program program(std::move(spec));
  engine::ArenaPool arenas;
  with_pools([&](const Work& work) {
    std::vector<float> x = {5, 7, 0, 0}, y(4);
    run(program, work, x, y, arenas);
    EXPECT_EQ(y[0], 5);
    EXPECT_EQ(y[3], 7);
  });
}

/// A step of one row and one lane, from the sums of its gates to its state.
void make_lstm(ProgramSpec& spec, double steps) {
  const std::vector<float> weights(4);
  spec.constants = {std::make_shared<engine::Constant>(engine::make_constant(
      "gemm.right", std::as_bytes(std::span(weights)), std::vector<double>{1, 4, 1, 1, 1, 4}))};
  spec.values[1].bytes = 0;
  spec.steps[0] = {"recurrent.lstm", {0, 1}, {2}, {steps, 1, 1, 0, 4, 4, 1, 1, 1, 0, 0, 0, 0, 1, 0, 0}};
}

TEST(EngineProgram, TakesAnLstm) {
  ProgramSpec spec = sum_and_relu();
  make_lstm(spec, 1);
  const Program program(std::move(spec));
  engine::ArenaPool arenas;
  with_pools([&](const Work& work) {
    std::vector<float> x = {0, 0, 0, 1}, y(4);
    run(program, work, x, y, arenas);
    EXPECT_NEAR(y[0], 0.5 * std::tanh(0.5 * std::tanh(1.0)), 1e-6);
  });
}

/// A change to a good program that must be refused.
struct Fault {
  const char* name;
  void (*make)(ProgramSpec&);
};

class EngineFaults : public testing::TestWithParam<Fault> {};

TEST_P(EngineFaults, AreRefused) {
  ProgramSpec spec = sum_and_relu();
  GetParam().make(spec);
  EXPECT_THROW(Program{std::move(spec)}, std::invalid_argument);
}

const Fault faults[] = {
    {"UnknownKernel", [](ProgramSpec& s) { s.steps[0].kernel = "binary2.add"; }},
    {"UnknownVariant", [](ProgramSpec& s) { s.steps[0].kernel = "binary.less"; }},
    {"NoVariant", [](ProgramSpec& s) { s.steps[1].kernel = "unary"; }},
    {"ValueBeyondArena", [](ProgramSpec& s) { s.values[2].at = 120; }},
    {"ValueOfHugeOffset", [](ProgramSpec& s) { s.values[2].at = static_cast<std::size_t>(-8); }},
    {"ValueBeyondConstant", [](ProgramSpec& s) { s.values[1].offset = 4; }},
    {"ValueTooSmall", [](ProgramSpec& s) { s.values[0].bytes = 12; }},
    {"UnknownValue", [](ProgramSpec& s) { s.steps[0].inputs[1] = 9; }},
    {"UnknownPort", [](ProgramSpec& s) { s.values[3].at = 1; }},
    {"UnknownConstant", [](ProgramSpec& s) { s.values[1].at = 1; }},
    {"MissingInput", [](ProgramSpec& s) { s.steps[0].inputs.pop_back(); }},
    {"MissingOutput", [](ProgramSpec& s) { s.steps[0].outputs.clear(); }},
    {"WrittenConstant", [](ProgramSpec& s) { s.steps[0].outputs[0] = 1; }},
    {"WrittenInput", [](ProgramSpec& s) { s.steps[0].outputs[0] = 0; }},
    {"TooFewParameters", [](ProgramSpec& s) { s.steps[0].parameters.pop_back(); }},
    {"TooManyParameters", [](ProgramSpec& s) { s.steps[0].parameters.push_back(0); }},
    {"NoInteger", [](ProgramSpec& s) { s.steps[1].parameters[0] = 3.5; }},
    {"NotANumber", [](ProgramSpec& s) { s.steps[1].parameters[0] = std::nan(""); }},
    {"Negative", [](ProgramSpec& s) { s.steps[1].parameters[0] = -4; }},
    {"Huge", [](ProgramSpec& s) { s.steps[1].parameters[0] = 1e300; }},
    {"ManySizesThatOverflow",
     [](ProgramSpec& s) {
       s.steps[0] = {"reduce.sum", {0}, {2}, {1099511627776.0, 1099511627776.0, 1099511627776.0}};
     }},
    {"CopyBeyondItsInput",
     [](ProgramSpec& s) {
       s.steps[0] = {"copy", {0}, {2}, {4, 1, 4, 2, 1, 0, 0}};
     }},
    {"CopyBeforeItsOutput",
     [](ProgramSpec& s) {
       s.steps[0] = {"copy", {0}, {2}, {4, 1, 4, 1, -1, 0, 0}};
     }},
    {"BytesWithoutAScale",
     [](ProgramSpec& s) {
       s.steps[0] = {"layerNormalization.bytes", {0, 1}, {2}, {1, 4, 0, 1e-5, 0, 0, 128, 0}};
     }},
    {"BytesOfAZeroPointThatIsNone",
     [](ProgramSpec& s) {
       s.steps[0] = {"layerNormalization.bytes", {0, 1}, {2}, {1, 4, 0, 1e-5, 0, 1, 128, 1}};
     }},
    {"RowsBeyondTheOutput", [](ProgramSpec& s) { s.steps[0] = attention_of_two(4); }},
    {"RowsOfAnotherItem",
     [](ProgramSpec& s) {
       s.steps[0] = attention_of_two(1);
       s.steps[0].parameters[20] = 2;
     }},
    {"StepsBeyondTheSums", [](ProgramSpec& s) { make_lstm(s, 2); }},
    {"WeightsOfAnotherItem",
     [](ProgramSpec& s) {
       make_lstm(s, 1);
       s.steps[0].parameters[9] = 1;
     }},
    {"StatesThatAreNotThere",
     [](ProgramSpec& s) {
       make_lstm(s, 1);
       s.steps[0].parameters[11] = 1;
     }},
    {"RawWeights",
     [](ProgramSpec& s) {
       s.steps[0] = {"conv", {0, 1}, {2}, {1, 1, 1, 1, 2, 2, 1, 1, 1, 1, 1, 1, 0, 0, 2, 2, 0, 0, 0, 0, 0}};
     }},
};

INSTANTIATE_TEST_SUITE_P(Every, EngineFaults, testing::ValuesIn(faults),
                         [](const auto& fault) { return std::string(fault.param.name); });

TEST(EngineProgram, RefusesBuffersOfOtherSizes) {
  const Program program(sum_and_relu());
  engine::ArenaPool arenas;
  ThreadPool pool(1);
  const std::atomic<bool> cancelled{false};
  std::vector<float> x(3), y(4);
  EXPECT_THROW(run(program, {pool, cancelled}, x, y, arenas), std::invalid_argument);
}

TEST(EngineConstant, RefusesFormsAndSizesThatDoNotFit) {
  const std::vector<float> x(12);
  const auto bytes = std::as_bytes(std::span(x));
  const auto make = [&](const char* form, std::vector<double> parameters) {
    return engine::make_constant(form, bytes, parameters);
  };
  EXPECT_EQ(make("raw", {}).bytes, 48u);
  EXPECT_GT(make("gemm.left", {1, 3, 4, 4, 1, 12}).bytes, 47u);
  EXPECT_THROW(make("gemm.left", {1, 3, 5, 4, 1, 12}), std::invalid_argument);
  EXPECT_THROW(make("gemm.left", {1, 3, 4, 4, 1}), std::invalid_argument);
  EXPECT_THROW(make("gemm.right", {1, 3, 0, 4, 1, 12}), std::invalid_argument);
  EXPECT_THROW(make("gemm.other", {1}), std::invalid_argument);
  EXPECT_THROW(make("qgemm.left", {1, 1, 49, 1, 1, 1, 0}), std::invalid_argument);
  EXPECT_THROW(make("qdepthwise", {1099511627776.0, 1099511627776.0}), std::invalid_argument);
}

TEST(ArenaPool, UsesArenasAgainUntilItIsClosed) {
  engine::ArenaPool pool;
  engine::ArenaPool::Arena arena = pool.take(100);
  const std::byte* const first = arena.bytes.get();
  pool.give_back(std::move(arena));
  EXPECT_EQ(pool.take(50).bytes.get(), first);
  pool.close();
  pool.give_back(pool.take(10));
}

/// A 3 x 3 convolution with bias, residual and activation, by one of its kernels.
std::vector<float> convolved(const std::string& kernel, const std::string& form,
                             const std::vector<double>& packing, std::vector<float>& x,
                             const std::vector<float>& w, const std::vector<float>& bias) {
  const std::size_t outputs = bias.size(), pixels = 12 * 10;
  ProgramSpec spec;
  spec.constants = {
      std::make_shared<engine::Constant>(engine::make_constant(form, std::as_bytes(std::span(w)), packing)),
      floats(bias)};
  const std::size_t bytes = outputs * pixels * sizeof(float);
  spec.values = {{Place::input, 0, x.size() * sizeof(float)},
                 {Place::constant, 0, w.size() * sizeof(float)},
                 {Place::constant, 1, outputs * sizeof(float)},
                 {Place::output, 0, bytes}};
  // Images, groups, outputs; channels, sizes, kernel, strides, dilations, pads, results; then bias, no
  // residual, relu.
  const double channels = static_cast<double>(x.size() / pixels), m = static_cast<double>(outputs);
  spec.steps = {
      {kernel, {0, 1, 2}, {3}, {1, 1, m, channels, 12, 10, 3, 3, 1, 1, 1, 1, 1, 1, 12, 10, 1, 0, 1, 0, 0}}};
  spec.inputs = spec.outputs = 1;
  spec.threads = 2;
  const Program program(spec);
  std::vector<float> y(outputs * pixels);
  engine::ArenaPool arenas;
  ThreadPool pool(2);
  const std::atomic<bool> cancelled{false};
  run(program, {pool, cancelled}, x, y, arenas);
  return y;
}

TEST(EngineProgram, ConvolvesTheSameByTapsAndByTiles) {
  std::vector<float> x = values(20 * 120, 1);
  const std::vector<float> w = values(24 * 20 * 9, 2), bias = values(24, 3);
  const std::vector<float> want = convolved("conv", "gemm.left", {1, 24, 180, 180, 1, 24 * 180}, x, w, bias);
  float largest = 0;
  for (const float each : want) largest = std::max(largest, each);
  ASSERT_GT(largest, 0);
  for (const double tile : {2.0, 4.0}) {
    const std::vector<float> y = convolved("winograd", "winograd", {tile, 24, 20}, x, w, bias);
    for (std::size_t i = 0; i < y.size(); ++i) ASSERT_NEAR(y[i], want[i], 1e-5 * largest);
  }
  EXPECT_THROW(convolved("winograd", "winograd", {3, 24, 20}, x, w, bias), std::invalid_argument);
  EXPECT_THROW(convolved("winograd", "winograd", {2, 24, 21}, x, w, bias), std::invalid_argument);
}

}  // namespace
