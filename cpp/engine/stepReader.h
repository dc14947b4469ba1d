#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "constant.h"
#include "step.h"

namespace engine {

/// Where a value lies.
enum class Place : std::uint8_t { constant, arena, input, output };

struct Value {
  Place place;
  /// Offset in the arena, or position among constants, inputs or outputs.
  std::size_t at;
  std::size_t bytes;
  /// Where in that constant, input or output the value begins.
  std::size_t offset = 0;
};

/// Reads a StepSpec: numbers in order, values by position, each checked against what it may be. Whatever does
/// not fit throws std::invalid_argument, so that no plan, however wrong, lets a kernel step outside its
/// memory.
class StepReader {
 public:
  StepReader(const StepSpec& spec, const std::vector<Value>& values,
             const std::vector<std::shared_ptr<const Constant>>& constants, std::size_t threads)
      : spec_(spec), values_(values), constants_(constants), threads_(threads) {}

  /// Threads that will work on the step at once, at most.
  std::size_t threads() const { return threads_; }

  /// The part of the kernel's name behind the dot: "add" of "binary.add".
  std::string_view variant() const;

  std::size_t input_count() const { return spec_.inputs.size(); }
  std::size_t output_count() const { return spec_.outputs.size(); }
  /// The value that is input `index`, which must hold at least `bytes`.
  std::size_t input(std::size_t index, std::size_t bytes) const;
  std::size_t output(std::size_t index, std::size_t bytes) const;
  /// Bytes of input `index`.
  std::size_t input_bytes(std::size_t index) const;
  std::size_t output_bytes(std::size_t index) const;

  /// The elements of a raw constant that is needed now.
  template <class T>
  const T* constant(std::size_t index, std::size_t count) const {
    return reinterpret_cast<const T*>(constant_bytes(index, count * sizeof(T)));
  }

  /// The form of the constant that is input `index`.
  std::string_view form(std::size_t index) const;

  /// The packed weights behind input `index`, which must have that form.
  template <class Packed>
  std::shared_ptr<const Packed> packed(std::size_t index, std::string_view form) const {
    return std::static_pointer_cast<const Packed>(object(index, form));
  }

  /// The next parameter: an integer of either sign, one from 0 to 2^40, a real number.
  std::int64_t integer();
  std::size_t size();
  float real();
  bool flag() { return size() != 0; }
  std::vector<std::size_t> sizes(std::size_t count);
  std::vector<std::int64_t> integers(std::size_t count);
  /// All parameters must have been read.
  void end() const;

  [[noreturn]] void fail(const std::string& what) const;
  void expect(bool holds, const char* what) const {
    if (!holds) fail(what);
  }

 private:
  const std::byte* constant_bytes(std::size_t index, std::size_t bytes) const;
  std::shared_ptr<const void> object(std::size_t index, std::string_view form) const;
  std::size_t value(const std::vector<std::uint32_t>& list, std::size_t index, std::size_t bytes) const;

  const StepSpec& spec_;
  const std::vector<Value>& values_;
  const std::vector<std::shared_ptr<const Constant>>& constants_;
  std::size_t threads_, next_ = 0;
};

/// Product of sizes; throws where it leaves 2^48, which no memory holds.
std::size_t product_of(const std::vector<std::size_t>& sizes);

}  // namespace engine
