#include "pages.h"

#include "../roundUp.h"

#ifdef __linux__
#include <sys/mman.h>

#include <cstdint>
#include <new>

namespace {

constexpr std::size_t small_page = std::size_t{1} << 12;

/// What a mapping of `size` bytes takes; a multiple of the system's pages, which the system rounds up to.
std::size_t mapped_size(std::size_t size) { return round_up(size, small_page); }

}  // namespace

std::byte* map_pages(std::size_t size) {
  const std::size_t kept = mapped_size(size);
  if (kept < size || kept + large_page < kept) throw std::bad_alloc();
  void* const mapped =
      mmap(nullptr, kept + large_page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapped == MAP_FAILED) throw std::bad_alloc();
  auto* const from = static_cast<std::byte*>(mapped);
  const std::size_t before = (large_page - reinterpret_cast<std::uintptr_t>(from) % large_page) % large_page;
  std::byte* const bytes = from + before;
  if (before > 0) munmap(from, before);
  munmap(bytes + kept, large_page - before);
  // What is left at the end stays in small pages, so that no more memory is taken. Advice may be refused.
  static_cast<void>(madvise(bytes, size / large_page * large_page, MADV_HUGEPAGE));
  return bytes;
}

void unmap_pages(std::byte* bytes, std::size_t size) { munmap(bytes, mapped_size(size)); }

#endif
