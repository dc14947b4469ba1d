#include "program.h"

#include <algorithm>
#include <chrono>
#include <stdexcept>

#include "registry.h"

namespace engine {
namespace {

/// An arena for as long as a run takes.
class Lease {
 public:
  Lease(ArenaPool& pool, std::size_t size) : pool_(pool), arena_(pool.take(size)) {}
  ~Lease() { pool_.give_back(std::move(arena_)); }
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;
  std::byte* data() const { return arena_.bytes.get(); }

 private:
  ArenaPool& pool_;
  ArenaPool::Arena arena_;
};

}  // namespace

Program::Program(ProgramSpec spec)
    : values_(std::move(spec.values)),
      constants_(std::move(spec.constants)),
      arena_bytes_(whole_lines(spec.arena_bytes)),
      inputs_(spec.inputs),
      outputs_(spec.outputs) {
  for (const Value& value : values_) check(value, spec);
  for (const StepSpec& step : spec.steps) {
    StepReader reader(step, values_, constants_, spec.threads);
    steps_.push_back(factory_of(step.kernel)(reader));
    reader.end();
    scratch_bytes_ = std::max(scratch_bytes_, whole_lines(steps_.back().scratch_bytes));
  }
}

void Program::check(const Value& value, const ProgramSpec& spec) const {
  const auto within = [&](std::size_t from, std::size_t size) {
    return from <= size && value.bytes <= size - from;
  };
  bool holds = true;
  switch (value.place) {
    case Place::constant:
      holds = value.at < constants_.size() &&
              (!constants_[value.at]->data || within(value.offset, constants_[value.at]->bytes));
      break;
    case Place::arena:
      holds = within(value.at, arena_bytes_) && value.offset == 0;
      break;
    case Place::input:
      holds = value.at < spec.inputs;
      break;
    case Place::output:
      holds = value.at < spec.outputs;
      break;
  }
  if (!holds) throw std::invalid_argument("Expected values inside the memory of the program");
}

std::vector<std::byte*> Program::places(std::byte* arena, std::span<const Buffer> inputs,
                                        std::span<const Buffer> outputs) const {
  std::vector<std::byte*> all;
  all.reserve(values_.size());
  const auto inside = [](const Value& value, std::span<const Buffer> buffers) {
    const Buffer& buffer = buffers[value.at];
    if (value.offset > buffer.bytes || value.bytes > buffer.bytes - value.offset) {
      throw std::invalid_argument("Expected inputs and outputs of the sizes that the plan was made for");
    }
    return buffer.data + value.offset;
  };
  for (const Value& value : values_) {
    switch (value.place) {
      case Place::constant:
        // Kernels read constants through const pointers only: StepReader refuses them as outputs.
        all.push_back(constants_[value.at]->data
                          ? const_cast<std::byte*>(constants_[value.at]->data) + value.offset
                          : nullptr);
        break;
      case Place::arena:
        all.push_back(arena + value.at);
        break;
      case Place::input:
        all.push_back(inside(value, inputs));
        break;
      case Place::output:
        all.push_back(inside(value, outputs));
        break;
    }
  }
  return all;
}

void Program::run(const Work& work, ArenaPool& arenas, std::span<const Buffer> inputs,
                  std::span<const Buffer> outputs, std::span<double> seconds) const {
  if (inputs.size() != inputs_ || outputs.size() != outputs_) {
    throw std::invalid_argument("Expected as many inputs and outputs as the plan has");
  }
  const Lease arena(arenas, std::max<std::size_t>(arena_bytes(), 1));
  const std::vector<std::byte*> values = places(arena.data(), inputs, outputs);
  const Run run{work, values.data(), arena.data() + arena_bytes_};
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    if (work.cancelled.load(std::memory_order_relaxed)) return;
    if (seconds.empty()) {
      steps_[i].run(run);
      continue;
    }
    const auto before = std::chrono::steady_clock::now();
    steps_[i].run(run);
    seconds[i] += std::chrono::duration<double>(std::chrono::steady_clock::now() - before).count();
  }
}

}  // namespace engine
