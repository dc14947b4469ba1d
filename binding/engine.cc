#include "engine.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <utility>

#include "functions.h"

namespace {

constexpr napi_type_tag handle_tag = {0x6f6e6e7870726573, 0x73656e67696e6531};

Napi::Value refuse(Napi::Env env, const std::string& message) {
  Napi::TypeError::New(env, message).ThrowAsJavaScriptException();
  return env.Undefined();
}

}  // namespace

Napi::Value engine_handle(Napi::Env env, EngineHandle::Kind kind, std::shared_ptr<void> object) {
  auto handle = std::make_unique<EngineHandle>(EngineHandle{kind, std::move(object)});
  const auto forget = [](napi_env, void* data, void*) { delete static_cast<EngineHandle*>(data); };
  napi_value external = nullptr;
  // In the C API: this fails in a worker that is being terminated, and a session that nobody frees would
  // leave threads behind in a library that is about to be unloaded.
  if (napi_create_external(env, handle.get(), forget, nullptr, &external) != napi_ok) return env.Undefined();
  handle.release();
  napi_type_tag_object(env, external, &handle_tag);
  return {env, external};
}

std::shared_ptr<void> engine_object(const Napi::Value& value, EngineHandle::Kind kind) {
  if (!value.IsExternal()) return nullptr;
  bool tagged = false;
  napi_check_object_type_tag(value.Env(), value, &handle_tag, &tagged);
  if (!tagged) return nullptr;
  const EngineHandle* const handle = value.As<Napi::External<EngineHandle>>().Data();
  return handle->kind == kind ? handle->object : nullptr;
}

/// engineSession(threads): a handle
Napi::Value engine_session(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const auto threads = static_cast<std::size_t>(arguments.integer(0, "threads", 1, 1024));
  if (arguments.complain()) return info.Env().Undefined();
  try {
    return engine_handle(info.Env(), EngineHandle::Kind::session, std::make_shared<EngineSession>(threads));
  } catch (const std::exception& error) {
    return refuse(info.Env(), error.what());
  }
}

/// engineConstant(): a handle on an empty constant
Napi::Value engine_constant(const Napi::CallbackInfo& info) {
  return engine_handle(info.Env(), EngineHandle::Kind::constant, std::make_shared<EngineConstant>());
}

namespace {

std::shared_ptr<EngineConstant> constant_of(Arguments& arguments, const Napi::Value& value) {
  const auto found =
      std::static_pointer_cast<EngineConstant>(engine_object(value, EngineHandle::Kind::constant));
  arguments.expect(found != nullptr, "a constant of the engine", "constant", "another value");
  return found;
}

/// A constant to fill, as JavaScript asks for it.
struct Packing {
  std::shared_ptr<EngineConstant> target;
  std::string form;
  Span<std::byte> bytes;
  Span<double> parameters, out;

  void run() const {
    auto made = std::make_shared<engine::Constant>(
        engine::make_constant(form, {bytes.data, bytes.size}, {parameters.data, parameters.size}));
    out.data[0] = static_cast<double>(made->bytes);
    const std::lock_guard lock(target->mutex);
    target->constant = std::move(made);
    target->bytes = nullptr;
  }
};

Packing packing_of(Arguments& arguments, const Napi::CallbackInfo& info) {
  return {constant_of(arguments, info[0]), arguments.text(1, "form"), arguments.bytes(2, "bytes"),
          arguments.array<double>(3, "parameters"), arguments.array<double>(4, "out", 1)};
}

}  // namespace

/// enginePack(constant, form, bytes, parameters, out): fills the constant; out = [bytes that it takes]
Napi::Value engine_pack(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const Packing packing = packing_of(arguments, info);
  return arguments.start([packing](const Work&) { packing.run(); });
}

/// enginePackNow(constant, form, bytes, parameters, out): the same on the calling thread, for small constants
Napi::Value engine_pack_now(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const Packing packing = packing_of(arguments, info);
  if (arguments.complain()) return info.Env().Undefined();
  try {
    packing.run();
  } catch (const std::exception& error) {
    return refuse(info.Env(), error.what());
  }
  return info.Env().Undefined();
}

/// engineWrite(constant, size, position, bytes): writes a part of a raw constant of `size` bytes
Napi::Value engine_write(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const auto target = constant_of(arguments, info[0]);
  const std::size_t size = arguments.length(1, "size"), position = arguments.length(2, "position");
  const Span<std::byte> bytes = arguments.bytes(3, "bytes");
  arguments.expect(position <= size && bytes.size <= size - position, "a part of the constant", "bytes",
                   "more");
  return arguments.start([=](const Work&) {
    const std::lock_guard lock(target->mutex);
    if (!target->constant) {
      auto made = std::make_shared<engine::Constant>(engine::raw_constant(size, target->bytes));
      target->constant = std::move(made);
    }
    if (!target->bytes || target->constant->bytes != size) throw std::invalid_argument("Expected one size");
    if (bytes.size > 0) std::memcpy(target->bytes + position, bytes.data, bytes.size);
  });
}

/// engineProgram(session, description): [handle, ISA of each step, bytes of working memory]
Napi::Value engine_program(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto session =
      std::static_pointer_cast<EngineSession>(engine_object(info[0], EngineHandle::Kind::session));
  if (!session) return refuse(env, "Expected a session of the engine that is not released");
  if (!info[1].IsObject()) return refuse(env, "Expected a description of a program");
  try {
    engine::ProgramSpec spec = engine_program_spec(info[1].As<Napi::Object>());
    spec.threads = session->pool.size();
    const auto made = std::make_shared<EngineProgram>(session, engine::Program(std::move(spec)));
    Napi::Array isas = Napi::Array::New(env, made->program.step_count());
    for (std::uint32_t i = 0; i < isas.Length(); ++i) isas[i] = Napi::String::New(env, made->program.isa(i));
    Napi::Array result = Napi::Array::New(env, 3);
    result[0u] = engine_handle(env, EngineHandle::Kind::program, made);
    result[1u] = isas;
    result[2u] = Napi::Number::New(env, static_cast<double>(made->program.arena_bytes()));
    return result;
  } catch (const std::exception& error) {
    return refuse(env, error.what());
  }
}

/// engineRelease(handle): lets go of what is behind it; a session's working memory too
Napi::Value engine_release(const Napi::CallbackInfo& info) {
  const auto session =
      std::static_pointer_cast<EngineSession>(engine_object(info[0], EngineHandle::Kind::session));
  if (session) session->arenas.close();
  for (const auto kind :
       {EngineHandle::Kind::session, EngineHandle::Kind::constant, EngineHandle::Kind::program}) {
    if (engine_object(info[0], kind)) info[0].As<Napi::External<EngineHandle>>().Data()->object.reset();
  }
  return info.Env().Undefined();
}
