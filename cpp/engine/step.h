#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "../threadPool.h"

namespace engine {

/// What a step sees of one run.
struct Run {
  const Work& work;
  /// Where each value of the program lies in this run.
  std::byte* const* values;
  /// As many bytes as the step asked for, of no use to anybody else meanwhile.
  std::byte* scratch;

  template <class T>
  T* at(std::size_t value) const {
    return reinterpret_cast<T*>(values[value]);
  }
};

/// A kernel with its parameters checked and its packed weights at hand: all that is left is to run it.
struct Step {
  std::function<void(const Run&)> run;
  std::size_t scratch_bytes = 0;
  /// Instruction set of the kernel that was chosen, for reports.
  const char* isa = "";
};

/// A step as a plan writes it down: a kernel's name, values by their position in the program, and numbers
/// whose meaning the kernel knows.
struct StepSpec {
  std::string kernel;
  std::vector<std::uint32_t> inputs, outputs;
  std::vector<double> parameters;
};

}  // namespace engine
