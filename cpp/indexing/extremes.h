#pragma once
#include <cstddef>
#include <cstdint>

struct Work;

/// Where the largest or smallest elements along an axis are.
struct ExtremesAxis {
  std::size_t outer, n, inner;
  bool largest;
};

/// y[o, i] = index of the extreme x[o, ?, i]: the first of equal ones, or the last. NaN is none, unless there
/// is nothing else. Of float, std::uint8_t, std::int8_t, std::int32_t and std::int64_t.
template <class T>
void index_of_extreme(const Work& work, const T* x, const ExtremesAxis& axis, bool last, std::int64_t* y);

/// The k most extreme elements, the most extreme first, of equal ones the first, and their indices. k <= n.
/// NaN comes behind all else.
void most_extreme(const Work& work, const float* x, const ExtremesAxis& axis, std::size_t k, float* values,
                  std::int64_t* indices);
