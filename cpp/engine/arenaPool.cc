#include "arenaPool.h"

#include <algorithm>
#include <utility>

namespace engine {
namespace {

/// More would be kept for a burst of runs that may not come again.
constexpr std::size_t most_idle = 4;

}  // namespace

ArenaPool::Arena ArenaPool::take(std::size_t size) {
  {
    const std::lock_guard lock(mutex_);
    const auto fits = [size](const Arena& arena) { return arena.size >= size; };
    const auto found = std::find_if(idle_.begin(), idle_.end(), fits);
    if (found != idle_.end()) {
      Arena arena = std::move(*found);
      idle_.erase(found);
      return arena;
    }
    // Smaller ones would only pile up beside the new one.
    if (!idle_.empty()) idle_.pop_back();
  }
  return {aligned_bytes(size), size};
}

void ArenaPool::give_back(Arena arena) {
  const std::lock_guard lock(mutex_);
  if (!closed_ && idle_.size() < most_idle) idle_.push_back(std::move(arena));
}

void ArenaPool::close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  idle_.clear();
}

}  // namespace engine
