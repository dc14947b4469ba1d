#pragma once
#include <cstddef>
#include <cstdint>

struct Work;

/// Runs of bytes that lie along an axis of n, `outer` times, of which each time `count` are taken.
struct GatherAxis {
  std::size_t outer, n, run, count;
};

/// y[o, j] = x[o, indices[j]], a run each, for o < outer, j < count; negative indices count from the end.
/// False where an index lies outside the axis: y then is not whole. Does not throw.
bool gather(const Work& work, const std::byte* x, const GatherAxis& axis, const std::int64_t* indices,
            std::byte* y);
bool gather(const Work& work, const std::byte* x, const GatherAxis& axis, const std::int32_t* indices,
            std::byte* y);
