#pragma once
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "parallelLoop.h"
#include "threadPlaces.h"

/// Threads that take jobs first come, first served, and help with loops when none waits. A job may split
/// itself with `parallel_for`; the thread that runs it works along, so that a pool whose threads are all busy
/// still makes progress.
class ThreadPool {
 public:
  /// Starts `threads` threads (at least one), or as many as the system grants. Throws std::system_error if it
  /// grants none.
  explicit ThreadPool(std::size_t threads);

  /// For callers of `parallel_for` from outside, who are one of the `threads` themselves: one less is
  /// started, or as many as the system grants. `submit` needs two.
  /// @param spin how long a thread that has nothing to do looks out for more, while the pool is `Alert`,
  /// before it sleeps: waking it takes longer than many a step of a plan
  ThreadPool(std::size_t threads, std::chrono::microseconds spin);

  /// Drops what still waits, lets running jobs end and joins the threads.
  ~ThreadPool();

  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  /// While one lives, loops are about to come in quick succession: threads are woken by its beginning, and
  /// look out for them. Without any they sleep, and leave their cores to others.
  class Alert {
   public:
    explicit Alert(ThreadPool& pool);
    ~Alert();
    Alert(const Alert&) = delete;
    Alert& operator=(const Alert&) = delete;

   private:
    ThreadPool& pool_;
  };

  /// `job` must not throw.
  void submit(std::function<void()> job);

  /// Calls `body(0)` … `body(count - 1)`, each once, in any order, on any thread, and returns when all are
  /// done. After `cancelled` is set the calls not yet begun are left out. `body` must not throw.
  void parallel_for(std::size_t count, const std::atomic<bool>& cancelled, LoopBody body);

  /// How many threads work on a `parallel_for`, its caller included.
  std::size_t size() const { return threads_.size() + callers_; }

  /// The pool of this process: made when first asked for, ended when its last owner lets go.
  static std::shared_ptr<ThreadPool> shared();

  /// How many threads `shared()` has: the machine's, at most ONNXPRESS_THREADS.
  static std::size_t configured_size();

  /// Empty, or a sentence that says what is wrong with ONNXPRESS_THREADS.
  static std::string configuration_error();

 private:
  void start(std::size_t threads);
  void run(std::size_t index);
  bool run_jobs();
  bool look_out(std::uint64_t seen) const;
  void sleep(std::size_t index, std::uint64_t seen);
  void signal(std::size_t threads);
  ParallelLoop* claim_loop();

  std::mutex mutex_;
  std::condition_variable ready_;
  ThreadPlaces places_;
  std::deque<std::function<void()>> queue_;
  std::atomic<bool> stopping_{false};
  /// Callers from outside at a time, who work along.
  const std::size_t callers_;
  const std::chrono::microseconds spin_;
  /// As many as can be worked on at a time.
  std::vector<ParallelLoop> loops_;
  /// Counts whatever a thread should look at.
  std::atomic<std::uint64_t> signals_{0};
  std::atomic<std::size_t> sleeping_{0}, alerts_{0}, waiting_jobs_{0};
  std::vector<std::thread> threads_;
};

/// What a kernel driver gets: the pool it may split itself over and the flag that stops it early.
struct Work {
  ThreadPool& pool;
  const std::atomic<bool>& cancelled;

  void for_each(std::size_t count, LoopBody body) const { pool.parallel_for(count, cancelled, body); }
};
