#include "environment.h"

#include <exception>
#include <new>

namespace {

/// In the C API, whose calls only return a status: a worker may be terminated at any moment, every call into
/// JavaScript fails from then on, and the C++ wrappers end the process over some of those failures.
void conclude(napi_env env, const Job& job) {
  napi_value value = nullptr, message = nullptr;
  if (job.error.empty()) {
    napi_get_undefined(env, &value);
    napi_resolve_deferred(env, job.deferred, value);
  } else {
    napi_create_string_utf8(env, job.error.c_str(), job.error.size(), &message);
    napi_create_error(env, nullptr, message, &value);
    napi_reject_deferred(env, job.deferred, value);
  }
}

}  // namespace

Environment::Environment(Napi::Env env) {
  const auto wake = [](napi_env raw, napi_value, void* context, void*) {
    if (raw) static_cast<Environment*>(context)->settle(raw);
  };
  napi_create_threadsafe_function(env, nullptr, nullptr, Napi::String::New(env, "onnxpress"), 0, 1, nullptr,
                                  nullptr, this, wake, &wake_);
  napi_unref_threadsafe_function(env, wake_);
  // Hooks run last in, first out: this one waits for the pool before the thread-safe function shuts itself,
  // and before the memory of the arrays is freed.
  napi_add_env_cleanup_hook(
      env, [](void* self) { static_cast<Environment*>(self)->close(); }, this);
}

Napi::Value Environment::start(Napi::Env env, std::unique_ptr<Job> job) {
  napi_value promise = nullptr;
  if (napi_create_promise(env, &job->deferred, &promise) != napi_ok) return env.Undefined();
  if (!pool_) pool_ = ThreadPool::shared();
  if (unsettled_++ == 0) napi_ref_threadsafe_function(env, wake_);
  {
    const std::lock_guard lock(mutex_);
    ++running_;
  }
  pool_->submit([this, raw = job.release()] { run(raw); });
  return {env, promise};
}

void Environment::run(Job* job) {
  try {
    if (!closing_) job->work(Work{*pool_, closing_});
  } catch (const std::bad_alloc&) {
    job->error = "Not enough memory for the working space of a kernel";
  } catch (const std::exception& error) {
    job->error = error.what();
  }
  const std::lock_guard lock(mutex_);
  finished_.emplace_back(job);
  --running_;
  if (!closing_) napi_call_threadsafe_function(wake_, nullptr, napi_tsfn_nonblocking);
  idle_.notify_all();
}

void Environment::settle(Napi::Env env) {
  std::vector<std::unique_ptr<Job>> jobs;
  {
    const std::lock_guard lock(mutex_);
    jobs.swap(finished_);
  }
  for (const std::unique_ptr<Job>& job : jobs) conclude(env, *job);
  unsettled_ -= jobs.size();
  if (!jobs.empty() && unsettled_ == 0) napi_unref_threadsafe_function(env, wake_);
}

void Environment::close() {
  std::unique_lock lock(mutex_);
  closing_ = true;
  idle_.wait(lock, [this] { return running_ == 0; });
  finished_.clear();
  lock.unlock();
  pool_.reset();
}
