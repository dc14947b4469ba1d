#include <cmath>
#include <stdexcept>

#include "engine.h"

namespace {

std::size_t size_of(double number) {
  if (!(number >= 0) || number > 1099511627776.0 || number != std::floor(number)) {
    throw std::invalid_argument("Expected sizes of a program, received another number");
  }
  return static_cast<std::size_t>(number);
}

/// A Float64Array of the description.
std::vector<double> numbers(const Napi::Value& value) {
  if (!value.IsTypedArray() || value.As<Napi::TypedArray>().TypedArrayType() != napi_float64_array) {
    throw std::invalid_argument("Expected a Float64Array in a program");
  }
  const auto array = value.As<Napi::Float64Array>();
  return array.ElementLength() == 0 ? std::vector<double>()
                                    : std::vector<double>(array.Data(), array.Data() + array.ElementLength());
}

std::vector<std::uint32_t> positions(const std::vector<double>& all, std::size_t from, std::size_t count) {
  if (count > all.size() - from) throw std::invalid_argument("Expected all values of a step");
  std::vector<std::uint32_t> found;
  for (std::size_t i = 0; i < count; ++i) found.push_back(static_cast<std::uint32_t>(size_of(all[from + i])));
  return found;
}

engine::StepSpec step_of(const Napi::Value& value) {
  if (!value.IsObject()) throw std::invalid_argument("Expected steps in a program");
  const auto object = value.As<Napi::Object>();
  const Napi::Value kernel = object.Get("kernel");
  if (!kernel.IsString()) throw std::invalid_argument("Expected a kernel's name in a step");
  // values: number of inputs, inputs, outputs
  const std::vector<double> values = numbers(object.Get("values"));
  if (values.empty()) throw std::invalid_argument("Expected values in a step");
  const std::size_t inputs = size_of(values[0]);
  engine::StepSpec step;
  step.kernel = kernel.As<Napi::String>().Utf8Value();
  step.inputs = positions(values, 1, inputs);
  step.outputs = positions(values, 1 + inputs, values.size() - 1 - inputs);
  step.parameters = numbers(object.Get("parameters"));
  return step;
}

std::shared_ptr<const engine::Constant> constant_of(const Napi::Value& value) {
  const auto holder =
      std::static_pointer_cast<EngineConstant>(engine_object(value, EngineHandle::Kind::constant));
  if (!holder) throw std::invalid_argument("Expected constants that are not released");
  const std::lock_guard lock(holder->mutex);
  if (!holder->constant) throw std::invalid_argument("Expected constants that are filled");
  return holder->constant;
}

}  // namespace

engine::ProgramSpec engine_program_spec(const Napi::Object& description) {
  engine::ProgramSpec spec;
  // place, at, bytes and offset of each value
  const std::vector<double> values = numbers(description.Get("values"));
  if (values.size() % 4 != 0) throw std::invalid_argument("Expected four numbers a value");
  for (std::size_t i = 0; i < values.size(); i += 4) {
    const std::size_t place = size_of(values[i]);
    if (place > 3) throw std::invalid_argument("Expected a place of a value");
    spec.values.push_back({static_cast<engine::Place>(place), size_of(values[i + 1]), size_of(values[i + 2]),
                           size_of(values[i + 3])});
  }
  const std::vector<double> sizes = numbers(description.Get("sizes"));
  if (sizes.size() != 3) throw std::invalid_argument("Expected the sizes of a program");
  spec.arena_bytes = size_of(sizes[0]);
  spec.inputs = size_of(sizes[1]);
  spec.outputs = size_of(sizes[2]);
  const Napi::Value constants = description.Get("constants"), steps = description.Get("steps");
  if (!constants.IsArray() || !steps.IsArray()) throw std::invalid_argument("Expected constants and steps");
  const auto constant_list = constants.As<Napi::Array>(), step_list = steps.As<Napi::Array>();
  for (std::uint32_t i = 0; i < constant_list.Length(); ++i) {
    spec.constants.push_back(constant_of(constant_list.Get(i)));
  }
  for (std::uint32_t i = 0; i < step_list.Length(); ++i) spec.steps.push_back(step_of(step_list.Get(i)));
  return spec;
}
