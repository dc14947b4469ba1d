#include "parallelLoop.h"

#include "spin.h"

namespace {

/// How long an owner looks out for calls that others are making, before it sleeps.
constexpr std::chrono::microseconds patience{150};

constexpr std::uint64_t most_calls = (std::uint64_t{1} << 24) - 1;

constexpr std::size_t left_in(std::uint64_t ticket) { return ticket & most_calls; }

}  // namespace

bool ParallelLoop::claim() {
  return !claimed_.load(std::memory_order_relaxed) && !claimed_.exchange(true, std::memory_order_acquire);
}

void ParallelLoop::open(std::size_t count, LoopBody body) {
  const std::uint64_t loop = (ticket_.load(std::memory_order_relaxed) | most_calls) + 1;
  count_.store(count, std::memory_order_relaxed);
  object_.store(body.object_, std::memory_order_relaxed);
  call_.store(body.call_, std::memory_order_relaxed);
  made_.store(0, std::memory_order_relaxed);
  ticket_.store(loop | count, std::memory_order_release);
}

std::size_t ParallelLoop::work_along() {
  std::size_t made = 0;
  std::uint64_t ticket = ticket_.load(std::memory_order_acquire);
  while (const std::size_t left = left_in(ticket)) {
    const LoopBody body(object_.load(std::memory_order_relaxed), call_.load(std::memory_order_relaxed));
    const std::size_t index = count_.load(std::memory_order_relaxed) - left;
    if (!ticket_.compare_exchange_weak(ticket, ticket - 1, std::memory_order_acq_rel,
                                       std::memory_order_acquire))
      continue;
    body(index);
    ++made;
    ticket = ticket_.load(std::memory_order_acquire);
  }
  return made;
}

void ParallelLoop::help() {
  const std::size_t made = work_along();
  if (made == 0) return;
  // In one order with `sleeps_`: the owner sees these calls, or is seen to sleep.
  made_.fetch_add(made);
  if (!sleeps_.load()) return;
  const std::lock_guard lock(mutex_);
  woken_.notify_one();
}

void ParallelLoop::close(std::size_t count) {
  const std::size_t own = work_along();
  if (own < count) wait(count - own);
  claimed_.store(false, std::memory_order_release);
}

void ParallelLoop::wait(std::size_t others) {
  if (spin_until(patience, [&] { return made_.load(std::memory_order_acquire) == others; })) return;
  std::unique_lock lock(mutex_);
  sleeps_ = true;
  woken_.wait(lock, [&] { return made_ == others; });
  sleeps_ = false;
}
