#pragma once
#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>

/// What a loop calls with each index, by reference: nothing is copied or allocated.
class LoopBody {
 public:
  template <class Body>
  LoopBody(const Body& body)
      : object_(&body),
        call_([](const void* object, std::size_t index) { (*static_cast<const Body*>(object))(index); }) {}

  void operator()(std::size_t index) const { call_(object_, index); }

 private:
  friend class ParallelLoop;
  using Call = void (*)(const void*, std::size_t);
  LoopBody(const void* object, Call call) : object_(object), call_(call) {}

  const void* object_;
  Call call_;
};

/// A place where one loop at a time is shared out among threads, without a lock and without waiting for any
/// thread that has not joined: one that comes late finds no call left, or those of the next loop.
class alignas(64) ParallelLoop {
 public:
  /// Takes the place, if it is free, until `run` has ended.
  bool claim();

  /// Opens the claimed place to others, which `tell` tells of it, works along, and frees the place when all
  /// calls are made, at most 2^24 - 1.
  template <class Tell>
  void run(std::size_t count, LoopBody body, Tell tell) {
    open(count, body);
    tell();
    close(count);
  }

  /// Makes calls of the loop, if there is one, as long as any are left.
  void help();

 private:
  void open(std::size_t count, LoopBody body);
  void close(std::size_t count);
  std::size_t work_along();
  void wait(std::size_t others);

  std::atomic<bool> claimed_{false};
  /// Loops begun so far, and in the lower bits how many calls of this one nobody has taken.
  std::atomic<std::uint64_t> ticket_{0};
  // Of the loop. Whoever takes a call by exchanging the ticket knows that what was read before still holds.
  std::atomic<std::size_t> count_{0};
  std::atomic<const void*> object_{nullptr};
  std::atomic<LoopBody::Call> call_{nullptr};

  /// Calls that others have made, and whether the owner sleeps until these are all.
  alignas(64) std::atomic<std::size_t> made_{0};
  std::atomic<bool> sleeps_{false};
  std::mutex mutex_;
  std::condition_variable woken_;
};
