#include "alignedBytes.h"

#include <new>

#ifdef __linux__
#include <cstdlib>
#include <mutex>
#include <utility>
#endif

#ifdef __linux__

namespace {

/// Smaller ones gain nothing from a slab. Address sanitizers see the ends of pieces only where none is
/// shared.
#ifdef __SANITIZE_ADDRESS__
constexpr std::size_t smallest_piece = large_page;
#else
constexpr std::size_t smallest_piece = std::size_t{1} << 10;
#endif
constexpr std::size_t slab_bytes = 8 * large_page;

/// From the slab that was last made, or a new one.
AlignedBytes piece(std::size_t size) {
  static std::mutex mutex;
  static std::weak_ptr<Slab>& latest = *new std::weak_ptr<Slab>;  // for threads that outlive main
  const std::lock_guard lock(mutex);
  std::shared_ptr<Slab> slab = latest.lock();
  std::byte* bytes = slab ? slab->take(size) : nullptr;
  if (!bytes) {
    latest = slab = std::make_shared<Slab>(slab_bytes);
    bytes = slab->take(size);
  }
  return AlignedBytes(bytes, {std::move(slab), size});
}

}  // namespace

void AlignedDelete::operator()(std::byte* bytes) const {
  if (slab) return slab->give_back(bytes, size);
  if (size >= large_page) return unmap_pages(bytes, size);
  std::free(bytes);
}

AlignedBytes aligned_bytes(std::size_t size) {
  if (size >= large_page) return AlignedBytes(map_pages(size), {nullptr, size});
  if (size >= smallest_piece) return piece(size);
  void* bytes = nullptr;
  if (posix_memalign(&bytes, cache_line, size > 0 ? size : 1) != 0) throw std::bad_alloc();
  return AlignedBytes(static_cast<std::byte*>(bytes), {nullptr, size});
}

#else

void AlignedDelete::operator()(std::byte* bytes) const {
  ::operator delete[](bytes, std::align_val_t{cache_line});
}

AlignedBytes aligned_bytes(std::size_t size) {
  return AlignedBytes(static_cast<std::byte*>(::operator new[](size, std::align_val_t{cache_line})));
}

#endif
