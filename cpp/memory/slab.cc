#include "slab.h"

#ifdef __linux__
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <iterator>

#include "lines.h"

namespace {

/// Gives up what whole pages of [from, end) hold.
void discard(std::byte* from, std::byte* end) {
  static const auto page = static_cast<std::uintptr_t>(sysconf(_SC_PAGESIZE));
  const std::uintptr_t first = (reinterpret_cast<std::uintptr_t>(from) + page - 1) / page * page;
  const std::uintptr_t last = reinterpret_cast<std::uintptr_t>(end) / page * page;
  if (first < last) static_cast<void>(madvise(reinterpret_cast<void*>(first), last - first, MADV_DONTNEED));
}

}  // namespace

Slab::Slab(std::size_t size) : size_(size), bytes_(map_pages(size)) { gaps_.emplace(0, size); }

Slab::~Slab() { unmap_pages(bytes_, size_); }

std::byte* Slab::take(std::size_t size) {
  const std::size_t needed = whole_lines(size);
  const std::lock_guard lock(mutex_);
  for (auto gap = gaps_.begin(); gap != gaps_.end(); ++gap) {
    const auto [from, length] = *gap;
    if (length < needed) continue;
    gaps_.erase(gap);
    if (length > needed) gaps_.emplace(from + needed, length - needed);
    return bytes_ + from;
  }
  return nullptr;
}

void Slab::give_back(std::byte* bytes, std::size_t size) {
  const std::lock_guard lock(mutex_);
  std::size_t from = static_cast<std::size_t>(bytes - bytes_), length = whole_lines(size);
  auto next = gaps_.lower_bound(from);
  if (next != gaps_.end() && next->first == from + length) {
    length += next->second;
    next = gaps_.erase(next);
  }
  if (next != gaps_.begin()) {
    const auto before = std::prev(next);
    if (before->first + before->second == from) {
      from = before->first;
      length += before->second;
      gaps_.erase(before);
    }
  }
  gaps_.emplace(from, length);
  discard(bytes_ + from, bytes_ + from + length);
}

#endif
