#include "arguments.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>

namespace {

template <class T>
struct ArrayType;
template <>
struct ArrayType<float> {
  static constexpr napi_typedarray_type type = napi_float32_array;
  static constexpr const char* name = "a Float32Array";
};
template <>
struct ArrayType<double> {
  static constexpr napi_typedarray_type type = napi_float64_array;
  static constexpr const char* name = "a Float64Array";
};
template <>
struct ArrayType<std::int32_t> {
  static constexpr napi_typedarray_type type = napi_int32_array;
  static constexpr const char* name = "an Int32Array";
};
template <>
struct ArrayType<std::uint16_t> {
  static constexpr napi_typedarray_type type = napi_uint16_array;
  static constexpr const char* name = "a Uint16Array";
};

std::string written(double number) {
  char text[32];
  std::snprintf(text, sizeof text, "%g", number);
  return text;
}

/// A short form of what came instead. Calls nothing that may run JavaScript: see environment.cc.
std::string described(const Napi::Value& value) {
  switch (value.Type()) {
    case napi_undefined:
      return "undefined";
    case napi_null:
      return "null";
    case napi_number:
      return written(value.As<Napi::Number>().DoubleValue());
    case napi_boolean:
      return value.As<Napi::Boolean>().Value() ? "true" : "false";
    case napi_string:
      return "a string";
    case napi_function:
      return "a function";
    default:
      return value.IsTypedArray() ? "a typed array of another type" : "another value";
  }
}

std::string counted(std::size_t n) { return std::to_string(n) + (n == 1 ? " element" : " elements"); }

}  // namespace

void Arguments::expect(bool holds, const char* expected, const char* name, const std::string& received) {
  if (holds || !complaint_.empty()) return;
  complaint_ = std::string("Expected ") + expected + " for " + name + ", received " + received;
}

Span<void> Arguments::typed_array(const Napi::Value& value, const char* name,
                                  std::initializer_list<napi_typedarray_type> types, const char* expected) {
  if (!value.IsTypedArray()) {
    expect(false, expected, name, described(value));
    return {};
  }
  napi_typedarray_type type = napi_int8_array;
  std::size_t size = 0;
  void* data = nullptr;
  napi_value buffer = nullptr;
  napi_get_typedarray_info(info_.Env(), value, &type, &size, &data, &buffer, nullptr);
  bool detached = false;
  napi_is_detached_arraybuffer(info_.Env(), buffer, &detached);
  expect(std::find(types.begin(), types.end(), type) != types.end(), expected, name, described(value));
  expect(!detached, "an attached array", name, "one whose buffer was transferred");
  if (!complaint_.empty()) return {};
  job_->arrays.push_back(Napi::Persistent(value.As<Napi::Object>()));
  return {data, size};
}

template <class T>
Span<T> Arguments::array(std::size_t index, const char* name) {
  const Span<void> found = typed_array(info_[index], name, {ArrayType<T>::type}, ArrayType<T>::name);
  return {static_cast<T*>(found.data), found.size};
}

template <class T>
Span<T> Arguments::array(std::size_t index, const char* name, std::size_t size) {
  const Span<T> found = array<T>(index, name);
  expect(found.size == size, counted(size).c_str(), name, counted(found.size));
  return found;
}

Span<void> Arguments::integers(std::size_t index, const char* name, int bits, std::size_t elements) {
  const bool wide = bits == 16;
  const Span<void> found = wide ? typed_array(info_[index], name, {napi_int16_array, napi_uint16_array},
                                              "an Int16Array or Uint16Array")
                                : typed_array(info_[index], name, {napi_int8_array, napi_uint8_array},
                                              "an Int8Array or Uint8Array");
  const std::size_t size = bits == 4 ? elements / 2 + elements % 2 : elements;
  expect(found.size == size, counted(size).c_str(), name, counted(found.size));
  return found;
}

Span<std::byte> Arguments::bytes(std::size_t index, const char* name) { return bytes_of(info_[index], name); }

Span<std::byte> Arguments::bytes_of(const Napi::Value& value, const char* name) {
  constexpr std::size_t size_of[] = {1, 1, 1, 2, 2, 4,
                                     4, 4, 8, 8, 8};  // in the order of napi_typedarray_type
  const Span<void> found =
      typed_array(value, name,
                  {napi_int8_array, napi_uint8_array, napi_uint8_clamped_array, napi_int16_array,
                   napi_uint16_array, napi_int32_array, napi_uint32_array, napi_float32_array,
                   napi_float64_array, napi_bigint64_array, napi_biguint64_array},
                  "a typed array");
  if (found.size == 0) return {};
  napi_typedarray_type type = napi_int8_array;
  napi_get_typedarray_info(info_.Env(), value, &type, nullptr, nullptr, nullptr, nullptr);
  return {static_cast<std::byte*>(found.data), found.size * size_of[type]};
}

std::string Arguments::text(std::size_t index, const char* name) {
  const Napi::Value value = info_[index];
  expect(value.IsString(), "a string", name, described(value));
  return value.IsString() ? value.As<Napi::String>().Utf8Value() : std::string();
}

double Arguments::number(std::size_t index, const char* name) {
  const Napi::Value value = info_[index];
  expect(value.IsNumber(), "a number", name, described(value));
  return value.IsNumber() ? value.As<Napi::Number>().DoubleValue() : 0;
}

std::int32_t Arguments::integer(std::size_t index, const char* name, std::int32_t least, std::int32_t most) {
  const double value = number(index, name);
  const bool holds = value >= least && value <= most && value == std::floor(value);
  const std::string range = "an integer from " + std::to_string(least) + " to " + std::to_string(most);
  expect(holds, range.c_str(), name, described(info_[index]));
  return holds ? static_cast<std::int32_t>(value) : least;
}

std::size_t Arguments::size(std::size_t index, const char* name) {
  return static_cast<std::size_t>(integer(index, name, 0, std::numeric_limits<std::int32_t>::max()));
}

std::size_t Arguments::length(std::size_t index, const char* name) {
  constexpr double most = 9007199254740992.0;
  const double value = number(index, name);
  const bool holds = value >= 0 && value < most && value == std::floor(value);
  expect(holds, "an integer of at least 0", name, described(info_[index]));
  return holds ? static_cast<std::size_t>(value) : 0;
}

Layout Arguments::layout(std::size_t index, std::size_t size) {
  const std::size_t outer = length(index, "outer"), channels = length(index + 1, "channels"),
                    inner = length(index + 2, "inner");
  // In double: the product of three lengths may overflow 64 bits, and then it is nowhere near `size`.
  const double product =
      static_cast<double>(outer) * static_cast<double>(channels) * static_cast<double>(inner);
  const bool holds = product == static_cast<double>(size);
  expect(holds, "outer * channels * inner to be the number of elements", "layout", written(product));
  return holds ? Layout{outer, channels, inner} : Layout{0, 0, 0};
}

bool Arguments::complain() {
  if (complaint_.empty()) return false;
  Napi::TypeError::New(info_.Env(), complaint_).ThrowAsJavaScriptException();
  return true;
}

Napi::Value Arguments::start(std::function<void(const Work&)> work) {
  const Napi::Env env = info_.Env();
  if (complain()) return env.Undefined();
  job_->work = std::move(work);
  return Environment::of(env).start(env, std::move(job_));
}

template Span<float> Arguments::array(std::size_t, const char*);
template Span<double> Arguments::array(std::size_t, const char*);
template Span<std::int32_t> Arguments::array(std::size_t, const char*);
template Span<std::uint16_t> Arguments::array(std::size_t, const char*);
template Span<float> Arguments::array(std::size_t, const char*, std::size_t);
template Span<double> Arguments::array(std::size_t, const char*, std::size_t);
template Span<std::int32_t> Arguments::array(std::size_t, const char*, std::size_t);
template Span<std::uint16_t> Arguments::array(std::size_t, const char*, std::size_t);
