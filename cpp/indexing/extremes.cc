#include "extremes.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <type_traits>
#include <vector>

#include "../threadPool.h"

namespace {

/// Whether a is more extreme than b.
template <class T>
bool is_ahead(T a, T b, bool largest) {
  if constexpr (std::is_floating_point_v<T>) {
    if (std::isnan(a) || std::isnan(b)) return !std::isnan(a) && std::isnan(b);
  }
  return largest ? a > b : a < b;
}

}  // namespace

template <class T>
void index_of_extreme(const Work& work, const T* x, const ExtremesAxis& axis, bool last, std::int64_t* y) {
  work.for_each(axis.outer, [&](std::size_t o) {
    const T* const from = x + o * axis.n * axis.inner;
    for (std::size_t i = 0; i < axis.inner; ++i) {
      std::size_t best = 0;
      for (std::size_t j = 1; j < axis.n; ++j) {
        const T a = from[j * axis.inner + i], b = from[best * axis.inner + i];
        if (is_ahead(a, b, axis.largest) || (last && !is_ahead(b, a, axis.largest))) best = j;
      }
      y[o * axis.inner + i] = static_cast<std::int64_t>(best);
    }
  });
}

template void index_of_extreme(const Work&, const float*, const ExtremesAxis&, bool, std::int64_t*);
template void index_of_extreme(const Work&, const std::uint8_t*, const ExtremesAxis&, bool, std::int64_t*);
template void index_of_extreme(const Work&, const std::int8_t*, const ExtremesAxis&, bool, std::int64_t*);
template void index_of_extreme(const Work&, const std::int32_t*, const ExtremesAxis&, bool, std::int64_t*);
template void index_of_extreme(const Work&, const std::int64_t*, const ExtremesAxis&, bool, std::int64_t*);

void most_extreme(const Work& work, const float* x, const ExtremesAxis& axis, std::size_t k, float* values,
                  std::int64_t* indices) {
  work.for_each(axis.outer * axis.inner, [&](std::size_t line) {
    const std::size_t o = line / axis.inner, i = line % axis.inner;
    const float* const from = x + o * axis.n * axis.inner + i;
    std::vector<std::int64_t> order(axis.n);
    std::iota(order.begin(), order.end(), 0);
    const auto at = [&](std::int64_t index) { return from[static_cast<std::size_t>(index) * axis.inner]; };
    const auto is_before = [&](std::int64_t a, std::int64_t b) {
      if (is_ahead(at(a), at(b), axis.largest)) return true;
      return a < b && !is_ahead(at(b), at(a), axis.largest);
    };
    std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(k), order.end(), is_before);
    for (std::size_t j = 0; j < k; ++j) {
      const std::size_t to = (o * k + j) * axis.inner + i;
      indices[to] = order[j];
      values[to] = at(order[j]);
    }
  });
}
