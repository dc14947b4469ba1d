#include "alignedBytes.h"

#include <new>

#ifdef __linux__
#include <sys/mman.h>

#include <cstdlib>
#endif

namespace engine {

#ifdef __linux__

namespace {

/// Of x86-64, and of aarch64 with pages of 4 KiB. Elsewhere the advice helps less and harms nothing.
constexpr std::size_t large_page = std::size_t{1} << 21;

}  // namespace

void AlignedDelete::operator()(std::byte* bytes) const { std::free(bytes); }

AlignedBytes aligned_bytes(std::size_t size) {
  const bool is_large = size >= large_page;
  void* bytes = nullptr;
  if (posix_memalign(&bytes, is_large ? large_page : alignment, size > 0 ? size : 1) != 0)
    throw std::bad_alloc();
  // What is left at the end stays in small pages, so that no more memory is taken. Advice may be refused.
  if (is_large) static_cast<void>(madvise(bytes, size / large_page * large_page, MADV_HUGEPAGE));
  return AlignedBytes(static_cast<std::byte*>(bytes));
}

#else

void AlignedDelete::operator()(std::byte* bytes) const {
  ::operator delete[](bytes, std::align_val_t{alignment});
}

AlignedBytes aligned_bytes(std::size_t size) {
  return AlignedBytes(static_cast<std::byte*>(::operator new[](size, std::align_val_t{alignment})));
}

#endif

}  // namespace engine
