#include "pruning/pruning.h"

#include <algorithm>

#include "functions.h"
#include "pruning/leastSquares.h"
#include "sparsity.h"

namespace {

void tell(const Span<double>& out, GramOutcome outcome, double damping) {
  out.data[0] = static_cast<double>(outcome);
  out.data[1] = damping;
}

}  // namespace

/// pruneWeights(weights, rows, columns, gram, pattern or undefined, damping, mask, pruned, out): the mask is
/// read where there is no pattern; out = [outcome, damping], outcome 0 solved, 1 not finite, 2 not positive
Napi::Value prune_weights(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const std::size_t rows = arguments.size(1, "rows"), columns = arguments.size(2, "columns");
  const Span<float> weights = arguments.array<float>(0, "weights", rows * columns);
  const Span<double> gram = arguments.array<double>(3, "gram", columns * columns);
  const bool masked = info[4].IsUndefined();
  const Sparsity pattern = masked ? Sparsity{} : sparsity_of(arguments, 4, columns);
  const double damping = arguments.number(5, "damping");
  const Span<void> mask = arguments.integers(6, "mask", 8, rows * columns);
  const Span<float> pruned = arguments.array<float>(7, "pruned", rows * columns);
  const Span<double> out = arguments.array<double>(8, "out", 2);
  return arguments.start([=](const Work& work) {
    const PruningProblem problem{weights.data, rows, columns, gram.data, masked ? nullptr : &pattern,
                                 damping};
    const PruningResult result =
        prune_weights(work, problem, pruned.data, static_cast<std::uint8_t*>(mask.data));
    tell(out, result.outcome, result.damping);
  });
}

/// leastSquares(weights, rows, columns, gram, kept, damping, refitted, out): out as above
Napi::Value least_squares(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const std::size_t rows = arguments.size(1, "rows"), columns = arguments.size(2, "columns");
  const Span<float> weights = arguments.array<float>(0, "weights", rows * columns);
  const Span<double> gram = arguments.array<double>(3, "gram", columns * columns);
  const Span<std::int32_t> kept = arguments.array<std::int32_t>(4, "kept");
  std::int32_t before = -1;
  const bool rising = std::all_of(kept.data, kept.data + kept.size, [&](std::int32_t column) {
    return column > before && static_cast<std::size_t>(before = column) < columns;
  });
  arguments.expect(rising, "rising columns of the weights", "kept", "others");
  const double damping = arguments.number(5, "damping");
  const Span<float> refitted = arguments.array<float>(6, "refitted", rows * kept.size);
  const Span<double> out = arguments.array<double>(7, "out", 2);
  return arguments.start([=](const Work& work) {
    const LeastSquaresProblem problem{weights.data, rows, columns, gram.data, kept.data, kept.size, damping};
    const LeastSquaresResult result = least_squares(work, problem, refitted.data);
    tell(out, result.outcome, result.damping);
  });
}
