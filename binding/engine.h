#pragma once
#include <napi.h>

#include <atomic>
#include <cstdint>
#include <limits>
#include <memory>
#include <mutex>

#include "arguments.h"
#include "engine/program.h"

/// What a session's programs share: threads and working memory.
struct EngineSession {
  /// Steps that are not shared out seldom take a millisecond.
  explicit EngineSession(std::size_t threads) : pool(threads, std::chrono::milliseconds(1)) {}
  ThreadPool pool;
  /// The calling thread and no other.
  ThreadPool alone{1, std::chrono::microseconds(0)};
  engine::ArenaPool arenas;
};

/// A program and the session whose threads run it.
struct EngineProgram {
  std::shared_ptr<EngineSession> session;
  engine::Program program;
  /// Seconds of the quickest run so far on one thread, and on all of the session's.
  std::atomic<double> least_alone{std::numeric_limits<double>::infinity()};
  std::atomic<double> least_together{std::numeric_limits<double>::infinity()};
  /// Those that were given the session's threads to choose from.
  std::atomic<std::uint32_t> runs{0};

  /// Whether a run on one thread is over before another could tell of its end.
  bool is_short() const;
  /// What the next run had best be given.
  ThreadPool& threads();
};

/// A constant, empty until one of `enginePack` and its like has filled it. Filled on the pool, read by the
/// JavaScript thread after the promise has resolved.
struct EngineConstant {
  std::mutex mutex;
  std::shared_ptr<const engine::Constant> constant;
  /// Of one that is written piece by piece: where its bytes lie.
  std::byte* bytes = nullptr;
};

/// A handle that JavaScript holds: it keeps its object alive until it is released or collected. Runs that are
/// under way keep the object themselves.
struct EngineHandle {
  enum class Kind { session, constant, program } kind;
  std::shared_ptr<void> object;
};

Napi::Value engine_handle(Napi::Env env, EngineHandle::Kind kind, std::shared_ptr<void> object);

/// The object behind a value; null when it is no handle of that kind, or released.
std::shared_ptr<void> engine_object(const Napi::Value& value, EngineHandle::Kind kind);

/// Reads what `engineProgram` is given; throws std::invalid_argument where it is not as native.ts writes it.
engine::ProgramSpec engine_program_spec(const Napi::Object& description);
