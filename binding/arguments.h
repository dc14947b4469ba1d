#pragma once
#include <napi.h>

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "environment.h"
#include "layout.h"

/// The elements of a JavaScript typed array.
template <class T>
struct Span {
  T* data = nullptr;
  std::size_t size = 0;
};

/// Reads a call's arguments and is the one place that words what is wrong with them. Readers never throw: the
/// first complaint is kept and thrown by `start`, so a binding reads all it needs in a row.
class Arguments {
 public:
  explicit Arguments(const Napi::CallbackInfo& info) : info_(info), job_(std::make_unique<Job>()) {}

  /// A typed array of exactly that type, kept alive until the job ends.
  template <class T>
  Span<T> array(std::size_t index, const char* name);

  /// The same with the number of elements that it must have.
  template <class T>
  Span<T> array(std::size_t index, const char* name, std::size_t size);

  /// Integers of 8 or 16 bits, signed or not, as raw memory.
  Span<void> integers(std::size_t index, const char* name, int bits, std::size_t elements);

  /// The memory of a typed array of any type, in bytes.
  Span<std::byte> bytes(std::size_t index, const char* name);

  Span<std::byte> bytes_of(const Napi::Value& value, const char* name);

  /// Throws the first complaint, if there is one, in calls that do their work at once.
  bool complain();

  std::string text(std::size_t index, const char* name);

  double number(std::size_t index, const char* name);

  std::int32_t integer(std::size_t index, const char* name, std::int32_t least, std::int32_t most);

  /// A dimension: an integer from 0 to 2^31 - 1.
  std::size_t size(std::size_t index, const char* name);

  /// An integer of at least 0.
  std::size_t length(std::size_t index, const char* name);

  /// outer, channels and inner from three arguments; their product must be `size`.
  Layout layout(std::size_t index, std::size_t size);

  void expect(bool holds, const char* expected, const char* name, const std::string& received);

  /// Runs `work` on the pool; a promise, or a pending TypeError when an argument is wrong.
  Napi::Value start(std::function<void(const Work&)> work);

 private:
  Span<void> typed_array(const Napi::Value& value, const char* name,
                         std::initializer_list<napi_typedarray_type> types, const char* expected);

  const Napi::CallbackInfo& info_;
  std::unique_ptr<Job> job_;
  std::string complaint_;
};
