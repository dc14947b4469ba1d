#include "threadPool.h"

#include <algorithm>
#include <cfenv>
#include <cstdlib>
#include <optional>
#include <system_error>

#include "spin.h"
#include "taskShares.h"
#include "threadNumber.h"

namespace {

constexpr std::size_t most_threads = 1024;

struct Setting {
  std::string text;
  std::optional<std::size_t> value;
};

Setting read_setting() {
  Setting setting;
  const char* text = std::getenv("ONNXPRESS_THREADS");
  if (!text || !*text) return setting;
  setting.text = text;
  std::size_t value = 0;
  for (char c : setting.text) {
    if (c < '0' || c > '9' || value > most_threads) return setting;
    value = value * 10 + static_cast<std::size_t>(c - '0');
  }
  if (value >= 1 && value <= most_threads) setting.value = value;
  return setting;
}

}  // namespace

ThreadPool::ThreadPool(std::size_t threads)
    : places_(std::max<std::size_t>(threads, 1)),
      callers_(0),
      spin_(0),
      loops_(std::max<std::size_t>(threads, 1)) {
  start(loops_.size());
}

ThreadPool::ThreadPool(std::size_t threads, std::chrono::microseconds spin)
    : places_(threads),
      callers_(1),
      // More threads than cores only take them from each other by looking out.
      spin_(threads <= std::thread::hardware_concurrency() ? spin : std::chrono::microseconds(0)),
      loops_(std::max<std::size_t>(threads, 1)) {
  start(loops_.size() - 1);
}

void ThreadPool::start(std::size_t threads) {
  threads_.reserve(threads);
  try {
    for (std::size_t i = 0; i < threads; ++i)
      threads_.emplace_back([this, i] {
        if (callers_ > 0) thread_number() = callers_ + i;
        run(i);
      });
  } catch (const std::system_error&) {
    if (size() == 0) throw;
  }
}

ThreadPool::~ThreadPool() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    queue_.clear();
  }
  signal(threads_.size());
  for (std::thread& thread : threads_) thread.join();
}

void ThreadPool::submit(std::function<void()> job) {
  {
    const std::lock_guard lock(mutex_);
    queue_.push_back(std::move(job));
    waiting_jobs_.store(queue_.size(), std::memory_order_relaxed);
  }
  signal(1);
}

void ThreadPool::parallel_for(std::size_t count, const std::atomic<bool>& cancelled, LoopBody body) {
  const std::size_t threads = std::min(count, size());
  ParallelLoop* const loop = threads > 1 ? claim_loop() : nullptr;
  TaskShares shares(count, loop ? threads : 1, std::max<std::size_t>(count / (8 * threads + 1), 1));
  const auto work_along = [&](std::size_t) { shares.take(&cancelled, body); };
  if (!loop) return work_along(0);
  loop->run(threads, work_along, [&] { signal(threads - 1); });
}

/// A place for one more loop; null where there are as many as threads, which then have enough to do.
ParallelLoop* ThreadPool::claim_loop() {
  for (ParallelLoop& loop : loops_) {
    if (loop.claim()) return &loop;
  }
  return nullptr;
}

ThreadPool::Alert::Alert(ThreadPool& pool) : pool_(pool) {
  ++pool_.alerts_;
  if (pool_.spin_.count() > 0) pool_.signal(pool_.threads_.size());
}

ThreadPool::Alert::~Alert() { --pool_.alerts_; }

/// Draws the attention of threads that look out, and wakes some of those that sleep.
void ThreadPool::signal(std::size_t threads) {
  ++signals_;
  // In one order with `signals_`: a thread that falls asleep sees the signal, or is seen to sleep.
  threads = std::min(threads, sleeping_.load());
  if (threads == 0) return;
  {
    const std::lock_guard lock(mutex_);
    // Who only submits jobs is about to wait: its own processor is the next to be idle.
    if (callers_ > 0) places_.spread();
  }
  for (std::size_t i = 0; i < threads; ++i) ready_.notify_one();
}

void ThreadPool::run(std::size_t index) {
  // A new thread inherits rounding and flush-to-zero from its maker; results must not depend on that.
  std::fesetenv(FE_DFL_ENV);
  while (true) {
    const std::uint64_t seen = signals_.load(std::memory_order_acquire);
    if (stopping_) return;
    if (run_jobs()) continue;
    for (ParallelLoop& loop : loops_) loop.help();
    if (!look_out(seen)) sleep(index, seen);
  }
}

bool ThreadPool::run_jobs() {
  if (waiting_jobs_.load(std::memory_order_relaxed) == 0) return false;
  std::unique_lock lock(mutex_);
  if (queue_.empty()) return false;
  const std::function<void()> job = std::move(queue_.front());
  queue_.pop_front();
  waiting_jobs_.store(queue_.size(), std::memory_order_relaxed);
  lock.unlock();
  job();
  return true;
}

bool ThreadPool::look_out(std::uint64_t seen) const {
  bool signalled = false;
  spin_until(spin_, [&] {
    signalled = signals_.load(std::memory_order_acquire) != seen;
    return signalled || alerts_.load(std::memory_order_relaxed) == 0;
  });
  return signalled;
}

void ThreadPool::sleep(std::size_t index, std::uint64_t seen) {
  std::unique_lock lock(mutex_);
  ++sleeping_;
  places_.asleep(index);
  ready_.wait(lock, [&] { return signals_.load() != seen; });
  places_.awake(index);
  --sleeping_;
}

std::shared_ptr<ThreadPool> ThreadPool::shared() {
  // Leaked on purpose: no destructor of ours may run while a thread still works at process exit.
  static std::mutex& mutex = *new std::mutex;
  static std::weak_ptr<ThreadPool>& slot = *new std::weak_ptr<ThreadPool>;
  const std::lock_guard lock(mutex);
  std::shared_ptr<ThreadPool> pool = slot.lock();
  if (!pool) slot = pool = std::make_shared<ThreadPool>(configured_size());
  return pool;
}

std::size_t ThreadPool::configured_size() {
  const std::size_t cores = std::max<std::size_t>(std::thread::hardware_concurrency(), 1);
  return std::min({cores, read_setting().value.value_or(cores), most_threads});
}

std::string ThreadPool::configuration_error() {
  const Setting setting = read_setting();
  if (setting.text.empty() || setting.value) return {};
  return "Expected an integer from 1 to 1024 for ONNXPRESS_THREADS, received \"" + setting.text + "\"";
}
