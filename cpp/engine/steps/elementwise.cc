#include "elementwise/elementwise.h"

#include <algorithm>

#include "../../roundUp.h"
#include "../registry.h"
#include "broadcast.h"
#include "names.h"

namespace engine {
namespace {

#define NAME(name, formula) #name,
constexpr std::string_view unary_names[] = {UNARY_FUNCTIONS(NAME)};
constexpr std::string_view binary_names[] = {BINARY_FUNCTIONS(NAME)};
#undef NAME

}  // namespace

/// unary.<function>: x -> y; elements, a, b
Step unary_step(StepReader& reader) {
  const auto function = variant_among<Unary>(reader, unary_names);
  const std::size_t n = reader.size();
  const float a = reader.real(), b = reader.real();
  const std::size_t x = reader.input(0, n * sizeof(float)), y = reader.output(0, n * sizeof(float));
  const ElementwiseKernels& kernels = elementwise_kernels();
  const auto run = [=](const Run& run) {
    constexpr std::size_t piece = 16384;
    run.work.for_each(ceil_div(n, piece), [&](std::size_t k) {
      const std::size_t from = k * piece;
      kernels.unary(function, run.at<const float>(x) + from, std::min(piece, n - from), a, b,
                    run.at<float>(y) + from);
    });
  };
  return {run, 0, cpu::name(kernels.isa)};
}

/// binary.<function>: left, right -> y; broadcast
Step binary_step(StepReader& reader) {
  const auto function = variant_among<Binary>(reader, binary_names);
  const Broadcast shape = read_broadcast(reader, 2);
  const std::size_t left = reader.input(0, shape.span(0) * sizeof(float)),
                    right = reader.input(1, shape.span(1) * sizeof(float)),
                    y = reader.output(0, shape.elements() * sizeof(float));
  const ElementwiseKernels& kernels = elementwise_kernels();
  const auto run = [=](const Run& run) {
    for_runs(run.work, shape, [&](const auto& at, std::size_t n, std::size_t to) {
      kernels.binary(function, run.at<const float>(left) + at[0], shape.step(0),
                     run.at<const float>(right) + at[1], shape.step(1), n, run.at<float>(y) + to);
    });
  };
  return {run, 0, cpu::name(kernels.isa)};
}

}  // namespace engine
