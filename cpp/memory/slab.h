#pragma once
#include <cstddef>
#include <map>
#include <memory>
#include <mutex>

#include "pages.h"

/// Memory in large pages that many small pieces share: pieces of their own would lie in small pages. Lives as
/// long as any of its pieces. Safe on any thread.
class Slab {
 public:
  /// Of `size` bytes, a multiple of `large_page`. Throws std::bad_alloc.
  explicit Slab(std::size_t size);
  ~Slab();
  Slab(const Slab&) = delete;
  Slab& operator=(const Slab&) = delete;

  /// `size` bytes that start at a multiple of 64, or null where no gap is that large.
  std::byte* take(std::size_t size);
  /// The system has whole pages of it back.
  void give_back(std::byte* bytes, std::size_t size);

 private:
  std::mutex mutex_;
  std::size_t size_;
  std::byte* bytes_;
  /// Length of each gap by where it starts.
  std::map<std::size_t, std::size_t> gaps_;
};
