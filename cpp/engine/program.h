#pragma once
#include <memory>
#include <span>
#include <vector>

#include "arenaPool.h"
#include "stepReader.h"

namespace engine {

/// A plan as it comes from the lowering.
struct ProgramSpec {
  std::vector<Value> values;
  std::vector<std::shared_ptr<const Constant>> constants;
  std::vector<StepSpec> steps;
  std::size_t arena_bytes = 0, inputs = 0, outputs = 0;
  /// Threads of the pool that runs will be given.
  std::size_t threads = 1;
};

/// Bytes of the caller that a run reads or writes.
struct Buffer {
  std::byte* data;
  std::size_t bytes;
};

/// Steps with everything decided. Knows no ONNX: it hands memory to kernels, in order. Any number of runs may
/// go on at the same time.
class Program {
 public:
  /// Throws std::invalid_argument when a step names memory that is not there or parameters that its kernel
  /// does not take.
  explicit Program(ProgramSpec spec);

  /// Runs all steps; ends early once `work` is cancelled. Throws std::invalid_argument when the buffers do
  /// not fit, std::bad_alloc, and what kernels throw at indices outside their tensors.
  /// @param seconds one number a step is added to, or empty
  void run(const Work& work, ArenaPool& arenas, std::span<const Buffer> inputs,
           std::span<const Buffer> outputs, std::span<double> seconds) const;

  std::size_t step_count() const { return steps_.size(); }
  const char* isa(std::size_t step) const { return steps_[step].isa; }
  std::size_t arena_bytes() const { return arena_bytes_ + scratch_bytes_; }

 private:
  void check(const Value& value, const ProgramSpec& spec) const;
  std::vector<std::byte*> places(std::byte* arena, std::span<const Buffer> inputs,
                                 std::span<const Buffer> outputs) const;

  std::vector<Value> values_;
  std::vector<std::shared_ptr<const Constant>> constants_;
  std::vector<Step> steps_;
  std::size_t arena_bytes_, scratch_bytes_ = 0, inputs_, outputs_;
};

}  // namespace engine
