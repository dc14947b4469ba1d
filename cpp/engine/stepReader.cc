#include "stepReader.h"

#include <cmath>
#include <stdexcept>

namespace engine {
namespace {

constexpr double largest = 1099511627776.0;  // 2^40

}  // namespace

void StepReader::fail(const std::string& what) const {
  throw std::invalid_argument("Expected " + what + " in a step of kernel " + spec_.kernel);
}

std::string_view StepReader::variant() const {
  const std::string_view name = spec_.kernel;
  const std::size_t dot = name.find('.');
  return dot == std::string_view::npos ? std::string_view() : name.substr(dot + 1);
}

std::size_t StepReader::value(const std::vector<std::uint32_t>& list, std::size_t index,
                              std::size_t bytes) const {
  if (index >= list.size()) fail("more values");
  const std::size_t value = list[index];
  if (value >= values_.size()) fail("a value of the program");
  if (values_[value].bytes < bytes) {
    fail("a value of " + std::to_string(bytes) + " bytes instead of " + std::to_string(values_[value].bytes));
  }
  return value;
}

std::size_t StepReader::input(std::size_t index, std::size_t bytes) const {
  const std::size_t found = value(spec_.inputs, index, bytes);
  if (values_[found].place == Place::constant && !constants_[values_[found].at]->data) fail("raw constants");
  return found;
}

std::size_t StepReader::output(std::size_t index, std::size_t bytes) const {
  const std::size_t found = value(spec_.outputs, index, bytes);
  const Place place = values_[found].place;
  if (place != Place::arena && place != Place::output) fail("outputs that may be written");
  return found;
}

std::size_t StepReader::input_bytes(std::size_t index) const {
  return values_[value(spec_.inputs, index, 0)].bytes;
}

std::size_t StepReader::output_bytes(std::size_t index) const {
  return values_[value(spec_.outputs, index, 0)].bytes;
}

const std::byte* StepReader::constant_bytes(std::size_t index, std::size_t bytes) const {
  const Value& found = values_[input(index, bytes)];
  if (found.place != Place::constant) fail("raw constants");
  return constants_[found.at]->data + found.offset;
}

std::string_view StepReader::form(std::size_t index) const {
  const Value& found = values_[value(spec_.inputs, index, 0)];
  if (found.place != Place::constant) fail("constants");
  return constants_[found.at]->form;
}

std::shared_ptr<const void> StepReader::object(std::size_t index, std::string_view form) const {
  const Value& found = values_[value(spec_.inputs, index, 0)];
  if (found.place != Place::constant || constants_[found.at]->form != form) {
    fail("weights of the form " + std::string(form));
  }
  return constants_[found.at]->object;
}

float StepReader::real() {
  if (next_ >= spec_.parameters.size()) fail("more parameters");
  return static_cast<float>(spec_.parameters[next_++]);
}

std::int64_t StepReader::integer() {
  if (next_ >= spec_.parameters.size()) fail("more parameters");
  const double number = spec_.parameters[next_++];
  if (!(std::fabs(number) <= largest) || number != std::floor(number)) fail("integers");
  return static_cast<std::int64_t>(number);
}

std::size_t StepReader::size() {
  const std::int64_t number = integer();
  if (number < 0) fail("sizes of at least 0");
  return static_cast<std::size_t>(number);
}

std::vector<std::size_t> StepReader::sizes(std::size_t count) {
  if (count > spec_.parameters.size()) fail("more parameters");
  std::vector<std::size_t> all(count);
  for (std::size_t& each : all) each = size();
  return all;
}

std::vector<std::int64_t> StepReader::integers(std::size_t count) {
  if (count > spec_.parameters.size()) fail("more parameters");
  std::vector<std::int64_t> all(count);
  for (std::int64_t& each : all) each = integer();
  return all;
}

void StepReader::end() const {
  if (next_ != spec_.parameters.size()) fail("fewer parameters");
}

std::size_t product_of(const std::vector<std::size_t>& sizes) {
  double product = 1;
  std::size_t exact = 1;
  for (std::size_t size : sizes) {
    product *= static_cast<double>(size);
    exact *= size;
  }
  if (product > 281474976710656.0) throw std::invalid_argument("Expected fewer than 2^48 elements");
  return exact;
}

}  // namespace engine
