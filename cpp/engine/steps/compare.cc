/// Comparisons, logic and integer arithmetic, of every type.
#include <algorithm>
#include <cmath>
#include <type_traits>

#include "../registry.h"
#include "broadcast.h"
#include "types.h"

namespace engine {
namespace {

template <class T>
using Function = T (*)(T, T);

/// Integers wrap around; division by zero gives 0, as nothing is defined.
template <class T>
struct Arithmetic {
  using U = std::make_unsigned_t<std::conditional_t<std::is_integral_v<T>, T, int>>;
  static T add(T a, T b) {
    if constexpr (std::is_integral_v<T>) return static_cast<T>(static_cast<U>(a) + static_cast<U>(b));
    return static_cast<T>(a + b);
  }
  static T sub(T a, T b) {
    if constexpr (std::is_integral_v<T>) return static_cast<T>(static_cast<U>(a) - static_cast<U>(b));
    return static_cast<T>(a - b);
  }
  static T mul(T a, T b) {
    if constexpr (std::is_integral_v<T>) {
      return static_cast<T>(static_cast<std::uint64_t>(a) * static_cast<std::uint64_t>(b));
    }
    return static_cast<T>(a * b);
  }
  static T div(T a, T b) {
    if constexpr (std::is_integral_v<T>) {
      if (b == 0) return 0;
      if (b == static_cast<T>(-1)) return sub(0, a);
    }
    return static_cast<T>(a / b);
  }
  /// With the sign of the divisor.
  static T mod(T a, T b) {
    const T rest = fmod(a, b);
    return rest != 0 && (rest < 0) != (b < 0) ? add(rest, b) : rest;
  }
  /// With the sign of the dividend, as C has it.
  static T fmod(T a, T b) {
    if constexpr (std::is_integral_v<T>)
      return b == 0 || b == static_cast<T>(-1) ? T{0} : static_cast<T>(a % b);
    return static_cast<T>(std::fmod(a, b));
  }
  static T max(T a, T b) { return b > a ? b : a; }
  static T min(T a, T b) { return b < a ? b : a; }
};

template <class T>
Function<T> arithmetic_of(std::string_view name) {
  if (name == "add") return Arithmetic<T>::add;
  if (name == "sub") return Arithmetic<T>::sub;
  if (name == "mul") return Arithmetic<T>::mul;
  if (name == "div") return Arithmetic<T>::div;
  if (name == "mod") return Arithmetic<T>::mod;
  if (name == "fmod") return Arithmetic<T>::fmod;
  if (name == "max") return Arithmetic<T>::max;
  if (name == "min") return Arithmetic<T>::min;
  return nullptr;
}

/// One operand may be the same for a whole run: loops that compilers make vector code of.
template <class T, class Result, class F>
Step loop_step(StepReader& reader, const Broadcast& shape, F function) {
  const std::size_t left = reader.input(0, shape.span(0) * sizeof(T)),
                    right = reader.input(1, shape.span(1) * sizeof(T)),
                    y = reader.output(0, shape.elements() * sizeof(Result));
  return {[=](const Run& run) {
            for_runs(run.work, shape, [&](const auto& at, std::size_t n, std::size_t to) {
              const T* const l = run.at<const T>(left) + at[0];
              const T* const r = run.at<const T>(right) + at[1];
              Result* const into = run.at<Result>(y) + to;
              if (shape.step(1) == 0) {
                const T same = *r;
                for (std::size_t i = 0; i < n; ++i) into[i] = function(l[i * shape.step(0)], same);
              } else if (shape.step(0) == 0) {
                const T same = *l;
                for (std::size_t i = 0; i < n; ++i) into[i] = function(same, r[i]);
              } else {
                for (std::size_t i = 0; i < n; ++i) into[i] = function(l[i], r[i]);
              }
            });
          },
          0, "scalar"};
}

/// Each with its own loop: masks and one-hot vectors are made by them.
template <class T>
Step predicate_step(StepReader& reader, const Broadcast& shape) {
  const std::string_view name = reader.variant();
  const auto step = [&](auto predicate) { return loop_step<T, std::uint8_t>(reader, shape, predicate); };
  if (name == "equal") return step([](T a, T b) -> std::uint8_t { return a == b; });
  if (name == "less") return step([](T a, T b) -> std::uint8_t { return a < b; });
  if (name == "lessOrEqual") return step([](T a, T b) -> std::uint8_t { return a <= b; });
  if (name == "greater") return step([](T a, T b) -> std::uint8_t { return a > b; });
  if (name == "greaterOrEqual") return step([](T a, T b) -> std::uint8_t { return a >= b; });
  if (name == "and") return step([](T a, T b) -> std::uint8_t { return a != T{} && b != T{}; });
  if (name == "or") return step([](T a, T b) -> std::uint8_t { return a != T{} || b != T{}; });
  reader.expect(name == "xor", "a function that it has");
  return step([](T a, T b) -> std::uint8_t { return (a != T{}) != (b != T{}); });
}

}  // namespace

/// compare.<function>: left, right -> y; type, broadcast. Predicates give booleans, arithmetic the type
/// itself.
Step compare_step(StepReader& reader) {
  const std::size_t type = reader.size();
  const Broadcast shape = read_broadcast(reader, 2);
  return with_type(reader, type, [&](auto zero) {
    using T = decltype(zero);
    if (const auto function = arithmetic_of<T>(reader.variant()))
      return loop_step<T, T>(reader, shape, function);
    return predicate_step<T>(reader, shape);
  });
}

}  // namespace engine
