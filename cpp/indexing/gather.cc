#include "gather.h"

#include <algorithm>
#include <atomic>
#include <cstring>

#include "../roundUp.h"
#include "../threadPool.h"
#include "position.h"

namespace {

/// What a thread takes at a time, so that sharing costs little beside copying.
constexpr std::size_t bytes_of_task = std::size_t{1} << 15;

/// Runs of a size that is known, so that a copy is a move or two: `Run` bytes, or any number where 0.
template <std::size_t Run, class Index>
bool take(const std::byte* x, const GatherAxis& axis, const Index* indices, std::size_t from, std::size_t to,
          std::byte* y) {
  const std::size_t run = Run ? Run : axis.run;
  std::size_t j = from % axis.count;
  const std::byte* row = x + from / axis.count * axis.n * run;
  for (std::size_t k = from; k < to; ++k) {
    const std::size_t at = position(indices[j], axis.n);
    if (at == axis.n) return false;
    std::memcpy(y + k * run, row + at * run, run);
    if (++j == axis.count) {
      j = 0;
      row += axis.n * run;
    }
  }
  return true;
}

template <class Index>
bool gather_by(const Work& work, const std::byte* x, const GatherAxis& axis, const Index* indices,
               std::byte* y) {
  using Take = bool(const std::byte*, const GatherAxis&, const Index*, std::size_t, std::size_t, std::byte*);
  Take* const some = axis.run == 1   ? take<1, Index>
                     : axis.run == 2 ? take<2, Index>
                     : axis.run == 4 ? take<4, Index>
                     : axis.run == 8 ? take<8, Index>
                                     : take<0, Index>;
  const std::size_t runs = axis.outer * axis.count;
  const std::size_t each = std::max<std::size_t>(1, bytes_of_task / std::max<std::size_t>(1, axis.run));
  std::atomic<bool> inside{true};
  work.for_each(ceil_div(runs, each), [&](std::size_t task) {
    if (!some(x, axis, indices, task * each, std::min(runs, (task + 1) * each), y)) inside = false;
  });
  return inside;
}

}  // namespace

bool gather(const Work& work, const std::byte* x, const GatherAxis& axis, const std::int64_t* indices,
            std::byte* y) {
  return gather_by(work, x, axis, indices, y);
}

bool gather(const Work& work, const std::byte* x, const GatherAxis& axis, const std::int32_t* indices,
            std::byte* y) {
  return gather_by(work, x, axis, indices, y);
}
