#pragma once
#include <napi.h>

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "threadPool.h"

/// A call that runs on the pool while JavaScript goes on. Made and destroyed on the JavaScript thread.
struct Job {
  napi_deferred deferred = nullptr;
  std::vector<Napi::ObjectReference> arrays;  // kept alive, the work reads and writes their memory
  std::function<void(const Work&)> work;
  std::string error;  // set when `work` threw
};

/// What one JavaScript environment (the main thread or a worker) needs to run jobs. Lives as its instance
/// data: nothing that belongs to JavaScript is global.
class Environment {
 public:
  explicit Environment(Napi::Env env);

  static Environment& of(Napi::Env env) { return *env.GetInstanceData<Environment>(); }

  /// Runs the job on the pool and settles the promise that it returns on the JavaScript thread. Undefined,
  /// and nothing runs, in an environment that is being terminated.
  Napi::Value start(Napi::Env env, std::unique_ptr<Job> job);

 private:
  void run(Job* job);
  void settle(Napi::Env env);
  void close();

  napi_threadsafe_function wake_ = nullptr;
  std::shared_ptr<ThreadPool> pool_;
  std::size_t unsettled_ = 0;  // touched by the JavaScript thread only
  std::atomic<bool> closing_{false};

  std::mutex mutex_;
  std::condition_variable idle_;
  std::size_t running_ = 0;                     // guarded by mutex_
  std::vector<std::unique_ptr<Job>> finished_;  // guarded by mutex_
};
