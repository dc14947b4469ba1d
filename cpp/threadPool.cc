#include "threadPool.h"

#include <algorithm>
#include <cfenv>
#include <cstdlib>
#include <optional>
#include <system_error>

#if defined(__x86_64__) || defined(_M_X64)
#include <immintrin.h>
#endif

namespace {

constexpr std::size_t most_threads = 1024;

inline void pause_briefly() {
#if defined(__x86_64__) || defined(_M_X64)
  _mm_pause();
#elif defined(__aarch64__) && !defined(_MSC_VER)
  __asm__ volatile("yield");
#endif
}

/// Asks again and again, for that long at most.
template <class Condition>
void spin_until(std::chrono::microseconds spin, Condition holds) {
  if (spin.count() == 0) return;
  const auto end = std::chrono::steady_clock::now() + spin;
  while (!holds()) {
    for (int i = 0; i < 32; ++i) pause_briefly();
    if (std::chrono::steady_clock::now() > end) return;
  }
}

/// One `parallel_for`, shared by the threads that help with it. A helper that comes late finds no index left
/// and never touches `body`, which may be gone by then.
struct Loop {
  std::size_t count;
  const std::atomic<bool>& cancelled;
  const std::function<void(std::size_t)>& body;
  std::atomic<std::size_t> next{0};
  std::mutex mutex;
  std::condition_variable finished;
  std::atomic<std::size_t> done{0};

  void help() {
    std::size_t mine = 0;
    for (std::size_t i; (i = next.fetch_add(1)) < count; ++mine) {
      if (!cancelled.load(std::memory_order_relaxed)) body(i);
    }
    if (mine == 0) return;
    const std::lock_guard lock(mutex);
    done += mine;
    if (done == count) finished.notify_all();
  }

  void wait(std::chrono::microseconds spin) {
    spin_until(spin, [this] { return done.load(std::memory_order_acquire) == count; });
    std::unique_lock lock(mutex);
    finished.wait(lock, [this] { return done == count; });
  }
};

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

ThreadPool::ThreadPool(std::size_t threads) : callers_(0), spin_(0) {
  start(std::max<std::size_t>(threads, 1));
}

ThreadPool::ThreadPool(std::size_t threads, std::chrono::microseconds spin) : callers_(1), spin_(spin) {
  start(std::max<std::size_t>(threads, 1) - 1);
}

void ThreadPool::start(std::size_t threads) {
  try {
    for (std::size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { run(); });
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
  ready_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void ThreadPool::submit(std::function<void()> job) {
  {
    const std::lock_guard lock(mutex_);
    queue_.push_back(std::move(job));
    waiting_jobs_.store(queue_.size(), std::memory_order_release);
  }
  ready_.notify_one();
}

void ThreadPool::parallel_for(std::size_t count, const std::atomic<bool>& cancelled,
                              const std::function<void(std::size_t)>& body) {
  if (count == 0) return;
  const auto loop = std::make_shared<Loop>(count, cancelled, body);
  const std::size_t helpers = std::min(count, size()) - 1;
  for (std::size_t i = 0; i < helpers; ++i) submit([loop] { loop->help(); });
  loop->help();
  loop->wait(spin_);
}

void ThreadPool::run() {
  // A new thread inherits rounding and flush-to-zero from its maker; results must not depend on that.
  std::fesetenv(FE_DFL_ENV);
  while (true) {
    look_out();
    std::unique_lock lock(mutex_);
    ready_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
    if (stopping_) return;
    std::function<void()> job = std::move(queue_.front());
    queue_.pop_front();
    waiting_jobs_.store(queue_.size(), std::memory_order_release);
    lock.unlock();
    job();
  }
}

void ThreadPool::look_out() const {
  spin_until(spin_, [this] { return waiting_jobs_.load(std::memory_order_acquire) > 0; });
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
