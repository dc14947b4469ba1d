#include <algorithm>
#include <cmath>
#include <limits>

#include "../../convert/convert.h"
#include "../../roundUp.h"
#include "../registry.h"
#include "types.h"

namespace engine {
namespace {

/// A cast that is defined for every number: what does not fit becomes the nearest end of the range, NaN 0.
template <class To, class From>
To converted(From x) {
  if constexpr (std::is_floating_point_v<From> && std::is_integral_v<To>) {
    if (x != x) return 0;
    const double least = static_cast<double>(std::numeric_limits<To>::min()),
                 most = static_cast<double>(std::numeric_limits<To>::max());
    const auto value = static_cast<double>(x);
    if (value <= least) return std::numeric_limits<To>::min();
    return value >= most ? std::numeric_limits<To>::max() : static_cast<To>(value);
  }
  return static_cast<To>(x);
}

/// Loops that compilers make vector code of.
template <class From, class To>
void cast(const From* from, std::size_t n, bool to_boolean, To* to) {
  if (to_boolean) {
    for (std::size_t i = 0; i < n; ++i) to[i] = static_cast<To>(from[i] != From{});
  } else {
    for (std::size_t i = 0; i < n; ++i) to[i] = converted<To>(from[i]);
  }
}

template <class From, class To>
Step step_of(StepReader& reader, std::size_t n, bool to_boolean) {
  const std::size_t x = reader.input(0, n * sizeof(From)), y = reader.output(0, n * sizeof(To));
  return {[=](const Run& run) {
            constexpr std::size_t piece = 32768;
            run.work.for_each(ceil_div(n, piece), [&](std::size_t k) {
              const std::size_t first = k * piece;
              cast(run.at<const From>(x) + first, std::min(piece, n - first), to_boolean,
                   run.at<To>(y) + first);
            });
          },
          0, "scalar"};
}

/// Of 16-bit floats as bits.
Step widening_step(StepReader& reader, std::size_t n) {
  const std::size_t x = reader.input(0, n * sizeof(std::uint16_t)), y = reader.output(0, n * sizeof(float));
  const ConvertKernels& kernels = convert_kernels();
  return {[=, &kernels](const Run& run) {
            widen(run.work, kernels.from_f16, run.at<const std::uint16_t>(x), n, run.at<float>(y));
          },
          0, cpu::name(kernels.isa)};
}

Step narrowing_step(StepReader& reader, std::size_t n) {
  const std::size_t x = reader.input(0, n * sizeof(float)), y = reader.output(0, n * sizeof(std::uint16_t));
  const ConvertKernels& kernels = convert_kernels();
  return {[=, &kernels](const Run& run) {
            narrow(run.work, kernels.to_f16, run.at<const float>(x), n, run.at<std::uint16_t>(y));
          },
          0, cpu::name(kernels.isa)};
}

bool are(std::size_t from, std::size_t to, ElementType a, ElementType b) {
  return from == static_cast<std::size_t>(a) && to == static_cast<std::size_t>(b);
}

}  // namespace

/// cast: x -> y; from, to, elements
Step cast_step(StepReader& reader) {
  const std::size_t from = reader.size(), to = reader.size(), n = reader.size();
  if (are(from, to, ElementType::f16, ElementType::f32)) return widening_step(reader, n);
  if (are(from, to, ElementType::f32, ElementType::f16)) return narrowing_step(reader, n);
  const bool to_boolean = to == static_cast<std::size_t>(ElementType::boolean);
  return with_type(reader, from, [&](auto source) {
    return with_type(reader, to, [&](auto target) {
      return step_of<decltype(source), decltype(target)>(reader, n, to_boolean);
    });
  });
}

}  // namespace engine
