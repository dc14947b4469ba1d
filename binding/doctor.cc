#include "cpu.h"
#include "families.h"
#include "functions.h"
#include "threadPool.h"

/// { isa, available, forced, threads }
Napi::Value cpu_info(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const std::vector<cpu::Isa> usable = cpu::available();
  Napi::Array available = Napi::Array::New(env, usable.size());
  for (std::uint32_t k = 0; k < usable.size(); ++k)
    available[k] = Napi::String::New(env, cpu::name(usable[k]));
  Napi::Object result = Napi::Object::New(env);
  result["isa"] = Napi::String::New(env, cpu::name(cpu::best()));
  result["available"] = available;
  result["forced"] = Napi::String::New(env, cpu::forced());
  result["threads"] = Napi::Number::New(env, static_cast<double>(ThreadPool::configured_size()));
  return result;
}

/// [{ family, variants: [{ isa, chosen }] }]
Napi::Value kernel_info(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  Napi::Array result = Napi::Array::New(env);
  for (const Family& family : families()) {
    Napi::Array variants = Napi::Array::New(env);
    for (cpu::Isa isa : family.variants) {
      Napi::Object row = Napi::Object::New(env);
      row["isa"] = Napi::String::New(env, cpu::name(isa));
      row["chosen"] = Napi::Boolean::New(env, isa == family.chosen);
      variants[variants.Length()] = row;
    }
    Napi::Object entry = Napi::Object::New(env);
    entry["family"] = Napi::String::New(env, family.name);
    entry["variants"] = variants;
    result[result.Length()] = entry;
  }
  return result;
}
