#include "stridedCopy.h"

#include <algorithm>
#include <cstring>

#include "../roundUp.h"
#include "../threadPool.h"

namespace {

/// Elements of a task, about.
constexpr std::size_t task_elements = 32768;
/// Side of the squares in which matrices are transposed: two of them fit the first cache with room to spare.
constexpr std::int64_t tile = 16;

template <class T>
void copy_row(const T* from, T* to, const CopyAxis& axis) {
  if (axis.from == 1 && axis.to == 1) {
    std::memcpy(to, from, axis.size * sizeof(T));
  } else if (axis.from == 0 && axis.to == 1) {
    std::fill_n(to, axis.size, *from);
  } else {
    for (std::size_t i = 0; i < axis.size; ++i) {
      const auto at = static_cast<std::int64_t>(i);
      to[at * axis.to] = from[at * axis.from];
    }
  }
}

/// Two axes of which one side walks the first and the other the second: square by square.
template <class T>
void copy_tiles(const T* from, T* to, const CopyAxis& a, const CopyAxis& b) {
  const auto rows = static_cast<std::int64_t>(a.size), columns = static_cast<std::int64_t>(b.size);
  for (std::int64_t i0 = 0; i0 < rows; i0 += tile) {
    for (std::int64_t j0 = 0; j0 < columns; j0 += tile) {
      const std::int64_t i1 = std::min(rows, i0 + tile), j1 = std::min(columns, j0 + tile);
      for (std::int64_t i = i0; i < i1; ++i) {
        for (std::int64_t j = j0; j < j1; ++j) to[i * a.to + j * b.to] = from[i * a.from + j * b.from];
      }
    }
  }
}

template <class T>
void copy_axes(const T* from, T* to, const CopyAxis* axes, std::size_t count) {
  if (count == 0) {
    *to = *from;
  } else if (count == 1) {
    copy_row(from, to, *axes);
  } else if (count == 2 && axes[1].from != 1 && axes[0].from == 1) {
    copy_tiles(from, to, axes[0], axes[1]);
  } else {
    for (std::size_t i = 0; i < axes->size; ++i) {
      const auto at = static_cast<std::int64_t>(i);
      copy_axes(from + at * axes->from, to + at * axes->to, axes + 1, count - 1);
    }
  }
}

template <class T>
void copy_all(const Work& work, const T* from, T* to, const std::vector<CopyAxis>& axes) {
  // The leading axes that are walked by tasks, until what is left is no more than one should do.
  std::size_t split = 0, tasks = 1, rest = 1;
  for (const CopyAxis& axis : axes) rest *= axis.size;
  if (rest == 0) return;
  while (split < axes.size() && rest > task_elements) {
    tasks *= axes[split].size;
    rest /= axes[split].size;
    ++split;
  }
  const std::size_t each = std::max<std::size_t>(1, task_elements / rest);
  work.for_each(ceil_div(tasks, each), [&](std::size_t k) {
    for (std::size_t t = k * each; t < std::min(tasks, (k + 1) * each); ++t) {
      std::int64_t read = 0, write = 0;
      std::size_t left = t;
      for (std::size_t a = split; a-- > 0; left /= axes[a].size) {
        const auto at = static_cast<std::int64_t>(left % axes[a].size);
        read += at * axes[a].from;
        write += at * axes[a].to;
      }
      copy_axes(from + read, to + write, axes.data() + split, axes.size() - split);
    }
  });
}

}  // namespace

void copy_strided(const Work& work, const std::byte* from, const std::vector<CopyAxis>& axes,
                  std::size_t element, std::byte* to) {
  switch (element) {
    case 1:
      return copy_all(work, reinterpret_cast<const std::uint8_t*>(from), reinterpret_cast<std::uint8_t*>(to),
                      axes);
    case 2:
      return copy_all(work, reinterpret_cast<const std::uint16_t*>(from),
                      reinterpret_cast<std::uint16_t*>(to), axes);
    case 4:
      return copy_all(work, reinterpret_cast<const std::uint32_t*>(from),
                      reinterpret_cast<std::uint32_t*>(to), axes);
    default:
      return copy_all(work, reinterpret_cast<const std::uint64_t*>(from),
                      reinterpret_cast<std::uint64_t*>(to), axes);
  }
}
