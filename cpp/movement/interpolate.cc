#include "interpolate.h"

#include "../threadPool.h"

namespace {

void row_of_scalars(const float* x, const AxisTable& table, float* y) {
  const std::int32_t* at = table.positions;
  const float* weight = table.weights;
  if (table.taps == 2) {
    for (std::size_t j = 0; j < table.out; ++j) {
      y[j] = weight[2 * j] * x[at[2 * j]] + weight[2 * j + 1] * x[at[2 * j + 1]];
    }
    return;
  }
  for (std::size_t j = 0; j < table.out; ++j, at += table.taps, weight += table.taps) {
    float sum = 0;
    for (std::size_t t = 0; t < table.taps; ++t) sum += weight[t] * x[at[t]];
    y[j] = sum;
  }
}

void row_of_runs(const float* x, std::size_t inner, const std::int32_t* at, const float* weight,
                 std::size_t taps, float* y) {
  const auto run = [&](std::size_t t) { return x + static_cast<std::size_t>(at[t]) * inner; };
  const float* const first = run(0);
  if (taps == 2) {
    const float* const second = run(1);
    for (std::size_t i = 0; i < inner; ++i) y[i] = weight[0] * first[i] + weight[1] * second[i];
    return;
  }
  for (std::size_t i = 0; i < inner; ++i) y[i] = weight[0] * first[i];
  for (std::size_t t = 1; t < taps; ++t) {
    const float* const from = run(t);
    for (std::size_t i = 0; i < inner; ++i) y[i] += weight[t] * from[i];
  }
}

}  // namespace

void interpolate(const Work& work, const float* x, std::size_t outer, std::size_t inner,
                 const AxisTable& table, float* y) {
  work.for_each(outer, [&](std::size_t o) {
    const float* const from = x + o * table.n * inner;
    float* const to = y + o * table.out * inner;
    if (inner == 1) return row_of_scalars(from, table, to);
    for (std::size_t j = 0; j < table.out; ++j) {
      row_of_runs(from, inner, table.positions + j * table.taps, table.weights + j * table.taps, table.taps,
                  to + j * inner);
    }
  });
}
