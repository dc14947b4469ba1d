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

/// Along an axis and `count` more behind it.
template <class T>
void copy_axes(const T* from, T* to, const CopyAxis& first, const CopyAxis* rest, std::size_t count) {
  if (count == 0) return copy_row(from, to, first);
  if (count == 1 && rest->from != 1 && first.from == 1) return copy_tiles(from, to, first, *rest);
  for (std::size_t i = 0; i < first.size; ++i) {
    const auto at = static_cast<std::int64_t>(i);
    copy_axes(from + at * first.from, to + at * first.to, *rest, rest + 1, count - 1);
  }
}

/// How axes are shared out: one task for each position along the leading ones and each run along the next.
struct Tasks {
  std::size_t leading = 0, run = 1, runs = 1, count = 1;

  explicit Tasks(const std::vector<CopyAxis>& axes) {
    std::size_t inner = 1;  // elements behind the axis that is cut
    for (std::size_t a = 1; a < axes.size(); ++a) inner *= axes[a].size;
    while (inner > task_elements) inner /= axes[++leading].size;
    run = std::clamp<std::size_t>(task_elements / inner, 1, axes[leading].size);
    runs = ceil_div(axes[leading].size, run);
    count = runs;
    for (std::size_t a = 0; a < leading; ++a) count *= axes[a].size;
  }
};

template <class T>
void copy_all(const Work& work, const T* from, T* to, const std::vector<CopyAxis>& axes) {
  if (std::ranges::any_of(axes, [](const CopyAxis& axis) { return axis.size == 0; })) return;
  if (axes.empty()) {
    *to = *from;
    return;
  }
  const Tasks tasks(axes);
  work.for_each(tasks.count, [&](std::size_t task) {
    CopyAxis part = axes[tasks.leading];
    const std::size_t first = task % tasks.runs * tasks.run;
    part.size = std::min(tasks.run, part.size - first);
    std::int64_t read = static_cast<std::int64_t>(first) * part.from,
                 write = static_cast<std::int64_t>(first) * part.to;
    std::size_t left = task / tasks.runs;
    for (std::size_t a = tasks.leading; a-- > 0; left /= axes[a].size) {
      const auto at = static_cast<std::int64_t>(left % axes[a].size);
      read += at * axes[a].from;
      write += at * axes[a].to;
    }
    const std::size_t behind = tasks.leading + 1;
    copy_axes(from + read, to + write, part, axes.data() + behind, axes.size() - behind);
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
