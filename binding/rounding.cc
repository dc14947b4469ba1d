#include "rounding/rounding.h"

#include "arguments.h"
#include "functions.h"

/// roundWeights(weights, rows, columns, gram, scales, qmin, qmax, damping, q, out): out = [outcome, damping],
/// outcome 0 solved, 1 not finite, 2 not positive definite
Napi::Value round_weights(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const std::size_t rows = arguments.size(1, "rows"), columns = arguments.size(2, "columns");
  const Span<float> weights = arguments.array<float>(0, "weights", rows * columns);
  const Span<double> gram = arguments.array<double>(3, "gram", columns * columns);
  const Span<float> scales = arguments.array<float>(4, "scales", rows);
  const std::int32_t qmin = arguments.integer(5, "qmin", -128, 127);
  const std::int32_t qmax = arguments.integer(6, "qmax", qmin, 127);
  const double damping = arguments.number(7, "damping");
  const Span<void> q = arguments.integers(8, "q", 8, rows * columns);
  const Span<double> out = arguments.array<double>(9, "out", 2);
  return arguments.start([=](const Work& work) {
    const RoundingProblem problem{weights.data, rows, columns, gram.data, scales.data, qmin, qmax, damping};
    const RoundingResult result = round_weights(work, problem, static_cast<std::int8_t*>(q.data));
    out.data[0] = static_cast<double>(result.outcome);
    out.data[1] = result.damping;
  });
}
