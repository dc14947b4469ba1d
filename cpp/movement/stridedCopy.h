#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

struct Work;

/// One axis of a copy; strides are in elements and may be 0 or negative.
struct CopyAxis {
  std::size_t size;
  std::int64_t from, to;
};

/// to[sum of i_k * axes[k].to] = from[sum of i_k * axes[k].from] over all i: transposes, slices, expansions
/// and parts of concatenations alike. Elements of 1, 2, 4 or 8 bytes; no two of them are written to the same
/// place.
void copy_strided(const Work& work, const std::byte* from, const std::vector<CopyAxis>& axes,
                  std::size_t element, std::byte* to);
