#include "elements.h"

#include <algorithm>
#include <atomic>

#include "../roundUp.h"
#include "../threadPool.h"
#include "position.h"
#include "scatterBy.h"

namespace {

/// Elements that a thread takes at a time.
constexpr std::size_t elements_of_task = std::size_t{1} << 13;

/// Calls body(k, offset in the data, but for the axis) for the indices from..to, until it returns false.
template <class Body>
bool each_index(const IndexedElements& where, std::size_t from, std::size_t to, const Body& body) {
  const std::size_t rank = where.sizes.size();
  std::vector<std::size_t> at(rank);
  std::size_t offset = 0;
  const auto step = [&](std::size_t a) { return a == where.axis ? 0 : where.strides[a]; };
  for (std::size_t a = rank, left = from; a-- > 0; left /= where.sizes[a]) {
    at[a] = left % where.sizes[a];
    offset += at[a] * step(a);
  }
  for (std::size_t k = from; k < to; ++k) {
    if (!body(k, offset)) return false;
    for (std::size_t a = rank; a-- > 0;) {
      offset += step(a);
      if (++at[a] < where.sizes[a]) break;
      offset -= at[a] * step(a);
      at[a] = 0;
    }
  }
  return true;
}

template <class T>
bool gather_typed(const Work& work, const T* data, const IndexedElements& where, const std::int64_t* indices,
                  T* y) {
  const std::size_t count = where.count(), stride = where.strides[where.axis];
  std::atomic<bool> inside{true};
  work.for_each(ceil_div(count, elements_of_task), [&](std::size_t task) {
    const std::size_t from = task * elements_of_task, to = std::min(count, from + elements_of_task);
    const bool all = each_index(where, from, to, [&](std::size_t k, std::size_t offset) {
      const std::size_t at = position(indices[k], where.n);
      if (at < where.n) y[k] = data[offset + at * stride];
      return at < where.n;
    });
    if (!all) inside = false;
  });
  return inside;
}

}  // namespace

std::size_t IndexedElements::count() const {
  std::size_t all = 1;
  for (const std::size_t size : sizes) all *= size;
  return all;
}

bool gather_elements(const Work& work, const std::byte* data, const IndexedElements& where,
                     const std::int64_t* indices, std::size_t element, std::byte* y) {
  const auto typed = [&]<class T>(T*) {
    return gather_typed(work, reinterpret_cast<const T*>(data), where, indices, reinterpret_cast<T*>(y));
  };
  if (element == 1) return typed(static_cast<std::uint8_t*>(nullptr));
  if (element == 2) return typed(static_cast<std::uint16_t*>(nullptr));
  if (element == 4) return typed(static_cast<std::uint32_t*>(nullptr));
  return typed(static_cast<std::uint64_t*>(nullptr));
}

bool scatter_elements(const std::byte* updates, const IndexedElements& where, const std::int64_t* indices,
                      std::size_t element, Scatter how, std::byte* data) {
  const std::size_t stride = where.strides[where.axis];
  return each_index(where, 0, where.count(), [&](std::size_t k, std::size_t offset) {
    const std::size_t at = position(indices[k], where.n);
    if (at == where.n) return false;
    scatter_by(how, updates + k * element, element, data + (offset + at * stride) * element);
    return true;
  });
}
