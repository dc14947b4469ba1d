#include "tuples.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <optional>

#include "../roundUp.h"
#include "../threadPool.h"
#include "position.h"
#include "scatterBy.h"

namespace {

/// Bytes that a thread takes at a time.
constexpr std::size_t bytes_of_task = std::size_t{1} << 15;

/// Where tuple `index` of all batches points, in bytes from the first.
std::optional<std::size_t> offset_of(const IndexedRuns& where, const std::int64_t* indices,
                                     std::size_t index) {
  const std::size_t depth = where.sizes.size();
  std::size_t offset = index / where.count * where.batch_bytes;
  for (std::size_t d = 0; d < depth; ++d) {
    const std::size_t at = position(indices[index * depth + d], where.sizes[d]);
    if (at == where.sizes[d]) return std::nullopt;
    offset += at * where.strides[d];
  }
  return offset;
}

}  // namespace

bool gather_runs(const Work& work, const std::byte* data, const IndexedRuns& where,
                 const std::int64_t* indices, std::byte* y) {
  const std::size_t all = where.batches * where.count;
  const std::size_t each = std::max<std::size_t>(1, bytes_of_task / std::max<std::size_t>(1, where.run));
  std::atomic<bool> inside{true};
  work.for_each(ceil_div(all, each), [&](std::size_t task) {
    for (std::size_t k = task * each; k < std::min(all, (task + 1) * each); ++k) {
      if (const auto offset = offset_of(where, indices, k)) {
        std::memcpy(y + k * where.run, data + *offset, where.run);
      } else {
        inside = false;
      }
    }
  });
  return inside;
}

bool scatter_runs(const std::byte* updates, const IndexedRuns& where, const std::int64_t* indices,
                  Scatter how, std::byte* data) {
  for (std::size_t k = 0; k < where.batches * where.count; ++k) {
    const auto offset = offset_of(where, indices, k);
    if (!offset) return false;
    scatter_by(how, updates + k * where.run, where.run, data + *offset);
  }
  return true;
}
