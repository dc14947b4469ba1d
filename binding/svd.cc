#include "svd/svd.h"

#include "arguments.h"
#include "functions.h"
#include "svd/subspace.h"

/// svd(matrix, rows, columns, rank, seed, u, s, v, out): out = [0 done, 1 not finite, 2 not converged]
Napi::Value svd(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const std::size_t rows = arguments.size(1, "rows"), columns = arguments.size(2, "columns");
  const Span<double> matrix = arguments.array<double>(0, "matrix", rows * columns);
  const SvdProblem problem{matrix.data, rows, columns};
  const std::size_t k = arguments.size(3, "rank");
  arguments.expect(k <= problem.rank(), "at most the smaller dimension", "rank", std::to_string(k));
  const auto seed = static_cast<std::uint32_t>(arguments.integer(4, "seed", 0, 2147483647));
  const Span<double> u = arguments.array<double>(5, "u", rows * k), s = arguments.array<double>(6, "s", k),
                     v = arguments.array<double>(7, "v", columns * k),
                     out = arguments.array<double>(8, "out", 1);
  return arguments.start([=](const Work& work) {
    const SvdOutcome outcome = is_leading(problem, k)
                                   ? leading_svd(work, problem, k, seed, u.data, s.data, v.data)
                                   : svd(work, problem, k, u.data, s.data, v.data);
    out.data[0] = static_cast<double>(outcome);
  });
}

/// singularValues(matrix, rows, columns, s, out): out as above
Napi::Value singular_values(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const std::size_t rows = arguments.size(1, "rows"), columns = arguments.size(2, "columns");
  const Span<double> matrix = arguments.array<double>(0, "matrix", rows * columns);
  const SvdProblem problem{matrix.data, rows, columns};
  const Span<double> s = arguments.array<double>(3, "s", problem.rank());
  const Span<double> out = arguments.array<double>(4, "out", 1);
  return arguments.start(
      [=](const Work& work) { out.data[0] = static_cast<double>(singular_values(work, problem, s.data)); });
}
