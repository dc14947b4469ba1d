#pragma once
#include <cstddef>
#include <memory>
#include <new>
#include <utility>
#include <vector>

#include "alignedBytes.h"

/// Memory as of aligned_bytes. Ahead of the elements stands who has it back.
template <class T>
struct PageAllocator {
  using value_type = T;

  PageAllocator() = default;
  template <class U>
  PageAllocator(const PageAllocator<U>&) {}

  T* allocate(std::size_t count) {
    if (count > (static_cast<std::size_t>(-1) - header) / sizeof(T)) throw std::bad_alloc();
    AlignedBytes owner = aligned_bytes(header + count * sizeof(T));
    std::byte* const bytes = owner.get();
    ::new (static_cast<void*>(bytes)) AlignedBytes(std::move(owner));
    return reinterpret_cast<T*>(bytes + header);
  }

  void deallocate(T* elements, std::size_t) {
    auto* const stored =
        std::launder(reinterpret_cast<AlignedBytes*>(reinterpret_cast<std::byte*>(elements) - header));
    const AlignedBytes owner = std::move(*stored);
    stored->~AlignedBytes();
  }

  template <class U>
  bool operator==(const PageAllocator<U>&) const {
    return true;
  }

 private:
  static constexpr std::size_t header = cache_line;
  static_assert(sizeof(AlignedBytes) <= header);
};

/// For packed weights: elements begin at a cache line and lie in large pages, and the system has the memory
/// back when they are freed.
template <class T>
using PageVector = std::vector<T, PageAllocator<T>>;
