#pragma once
#include <cstddef>
#include <cstdint>

struct Work;

/// y[o, j, i] = sum over t < taps of weights[j * taps + t] * x[o, positions[j * taps + t], i]: one axis of a
/// resize. Positions are from 0 to n - 1. Terms are added in the order of t.
struct AxisTable {
  std::size_t n, out, taps;
  const std::int32_t* positions;
  const float* weights;
};

void interpolate(const Work& work, const float* x, std::size_t outer, std::size_t inner,
                 const AxisTable& table, float* y);
