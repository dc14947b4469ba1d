#include <algorithm>
#include <bit>
#include <chrono>
#include <cstdint>
#include <memory>
#include <vector>

#include "engine.h"
#include "functions.h"

namespace {

/// Seconds below which a run is over before another thread could tell of its end.
constexpr double other_thread = 100e-6;

/// A run as JavaScript asks for it.
struct Request {
  std::shared_ptr<EngineProgram> program;
  std::vector<engine::Buffer> inputs, outputs;
  Span<double> seconds;

  void run(ThreadPool& pool, const std::atomic<bool>& cancelled) const {
    const auto begin = std::chrono::steady_clock::now();
    const ThreadPool::Alert alert(pool);
    program->program.run(Work{pool, cancelled}, program->session->arenas, inputs, outputs,
                         {seconds.data, seconds.size});
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    std::atomic<double>& least = pool.size() == 1 ? program->least_alone : program->least_together;
    least = std::min(least.load(), took.count());
  }
};

std::shared_ptr<EngineProgram> program_of(Arguments& arguments, const Napi::Value& value) {
  auto program = std::static_pointer_cast<EngineProgram>(engine_object(value, EngineHandle::Kind::program));
  arguments.expect(program != nullptr, "a program that is not released", "program", "another value");
  return program;
}

std::vector<engine::Buffer> buffers_of(Arguments& arguments, const Napi::Value& list) {
  std::vector<engine::Buffer> all;
  arguments.expect(list.IsArray(), "arrays of typed arrays", "inputs and outputs", "another value");
  if (!list.IsArray()) return all;
  const auto array = list.As<Napi::Array>();
  for (std::uint32_t i = 0; i < array.Length(); ++i) {
    const Span<std::byte> bytes = arguments.bytes_of(array.Get(i), "a buffer of a run");
    all.push_back({bytes.data, bytes.size});
  }
  return all;
}

Request request_of(Arguments& arguments, const Napi::CallbackInfo& info) {
  Request request{program_of(arguments, info[0]), buffers_of(arguments, info[1]),
                  buffers_of(arguments, info[2]), arguments.array<double>(3, "seconds")};
  const std::size_t size = request.seconds.size;
  arguments.expect(!request.program || size == 0 || size == request.program->program.step_count(),
                   "one number a step", "seconds", "another number");
  return request;
}

}  // namespace

bool EngineProgram::is_short() const { return least_alone < other_thread; }

ThreadPool& EngineProgram::threads() {
  // One thread is tried less and less often: whenever this was done it may have been interrupted.
  const std::uint32_t run = ++runs;
  const bool try_alone = least_together < 2 * other_thread && std::has_single_bit(run);
  return is_short() || try_alone ? session->alone : session->pool;
}

/// engineRun(program, inputs, outputs, seconds): seconds has one number a step, or none
Napi::Value engine_run(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const Request request = request_of(arguments, info);
  return arguments.start(
      [request](const Work& work) { request.run(request.program->threads(), work.cancelled); });
}

/// engineRunNow(program, inputs, outputs, seconds): the same on the calling thread, for a few small steps
Napi::Value engine_run_now(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const Request request = request_of(arguments, info);
  if (arguments.complain()) return info.Env().Undefined();
  try {
    static const std::atomic<bool> never{false};
    request.run(request.program->session->alone, never);
  } catch (const std::exception& error) {
    Napi::TypeError::New(info.Env(), error.what()).ThrowAsJavaScriptException();
  }
  return info.Env().Undefined();
}

/// engineIsShort(program): whether its runs are over before another thread could tell of its end
Napi::Value engine_is_short(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const auto program = program_of(arguments, info[0]);
  if (arguments.complain()) return info.Env().Undefined();
  return Napi::Boolean::New(info.Env(), program->is_short());
}
