#pragma once
#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>

/// Tasks of a loop, in equal shares. A thread begins with the same share in every loop, of which its core's
/// caches may hold what it wrote in the loop before: tasks in order of memory are worth that. Then it helps
/// with the shares of others.
class TaskShares {
 public:
  /// @param grain tasks that are taken at a time
  TaskShares(std::size_t tasks, std::size_t threads, std::size_t grain = 1);

  /// Calls body(task) for the tasks that come to the calling thread, until none is left or work is cancelled.
  template <class Body>
  void take(const std::atomic<bool>* cancelled, const Body& body) {
    const std::size_t own = own_share();
    for (std::size_t k = 0; k < count_; ++k) {
      Share& share = shares_[(own + k) % count_];
      for (std::size_t from; (from = share.next.fetch_add(grain_, std::memory_order_relaxed)) < share.end;) {
        for (std::size_t task = from; task < std::min(from + grain_, share.end); ++task) {
          if (cancelled && cancelled->load(std::memory_order_relaxed)) return;
          body(task);
        }
      }
    }
  }

 private:
  struct alignas(64) Share {
    std::atomic<std::size_t> next;
    std::size_t end;
  };

  std::size_t own_share() const;

  std::size_t count_, grain_;
  /// More threads share them.
  std::array<Share, 16> shares_;
};
