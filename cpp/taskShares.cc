#include "taskShares.h"

#include "threadNumber.h"

TaskShares::TaskShares(std::size_t tasks, std::size_t threads, std::size_t grain)
    : count_(std::clamp<std::size_t>(threads, 1, shares_.size())), grain_(grain) {
  for (std::size_t k = 0; k < count_; ++k) {
    shares_[k].next.store(tasks * k / count_, std::memory_order_relaxed);
    shares_[k].end = tasks * (k + 1) / count_;
  }
}

std::size_t TaskShares::own_share() const { return thread_number() % count_; }
