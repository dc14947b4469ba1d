#include <napi.h>

#include <string>

#include "cpu.h"
#include "environment.h"
#include "functions.h"
#include "threadPool.h"

namespace {

/// The addon's table of contents.
Napi::Object init(Napi::Env env, Napi::Object exports) {
  const std::string isa = cpu::configuration_error(), threads = ThreadPool::configuration_error();
  if (!isa.empty() || !threads.empty()) {
    Napi::TypeError::New(env, isa.empty() ? threads : isa).ThrowAsJavaScriptException();
    return exports;
  }
  env.SetInstanceData(new Environment(env));
  const auto add = [&](const char* name, Napi::Value (*function)(const Napi::CallbackInfo&)) {
    exports.Set(name, Napi::Function::New(env, function, name));
  };
  add("minMax", min_max);
  add("minMaxPerChannel", min_max_per_channel);
  add("histogram", histogram);
  add("quantize", quantize);
  add("dequantize", dequantize);
  add("errorSums", error_sums);
  add("quantizationError", quantization_error);
  add("channelSums", channel_sums);
  add("toFloat32", to_float32);
  add("fromFloat32", from_float32);
  add("gramAccumulate", gram_accumulate);
  add("gramNorms", gram_norms);
  add("roundWeights", round_weights);
  add("pruneWeights", prune_weights);
  add("leastSquares", least_squares);
  add("selectMask", select_mask);
  add("filledBlocks", filled_blocks);
  add("svd", svd);
  add("singularValues", singular_values);
  add("cholesky", cholesky);
  add("solveTriangular", solve_triangular);
  add("product", product);
  add("engineSession", engine_session);
  add("engineConstant", engine_constant);
  add("enginePack", engine_pack);
  add("enginePackNow", engine_pack_now);
  add("engineWrite", engine_write);
  add("engineProgram", engine_program);
  add("engineRun", engine_run);
  add("engineRunNow", engine_run_now);
  add("engineIsShort", engine_is_short);
  add("engineRelease", engine_release);
  add("cpu", cpu_info);
  add("kernels", kernel_info);
  return exports;
}

}  // namespace

NODE_API_MODULE(onnxpress, init)
