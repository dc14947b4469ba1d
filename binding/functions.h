#pragma once
#include <napi.h>

// What addon.cc exports. Arrays come in, results are written to arrays that the caller made; each function
// but those of doctor.cc, filled_blocks and some of engine.cc returns a promise that resolves to undefined
// when they are filled.

Napi::Value min_max(const Napi::CallbackInfo& info);
Napi::Value min_max_per_channel(const Napi::CallbackInfo& info);
Napi::Value histogram(const Napi::CallbackInfo& info);
Napi::Value quantize(const Napi::CallbackInfo& info);
Napi::Value dequantize(const Napi::CallbackInfo& info);
Napi::Value error_sums(const Napi::CallbackInfo& info);
Napi::Value quantization_error(const Napi::CallbackInfo& info);
Napi::Value channel_sums(const Napi::CallbackInfo& info);
Napi::Value to_float32(const Napi::CallbackInfo& info);
Napi::Value from_float32(const Napi::CallbackInfo& info);
Napi::Value gram_accumulate(const Napi::CallbackInfo& info);
Napi::Value gram_norms(const Napi::CallbackInfo& info);
Napi::Value round_weights(const Napi::CallbackInfo& info);
Napi::Value prune_weights(const Napi::CallbackInfo& info);
Napi::Value least_squares(const Napi::CallbackInfo& info);
Napi::Value select_mask(const Napi::CallbackInfo& info);
Napi::Value filled_blocks(const Napi::CallbackInfo& info);
Napi::Value svd(const Napi::CallbackInfo& info);
Napi::Value singular_values(const Napi::CallbackInfo& info);
Napi::Value cholesky(const Napi::CallbackInfo& info);
Napi::Value solve_triangular(const Napi::CallbackInfo& info);
Napi::Value product(const Napi::CallbackInfo& info);
Napi::Value engine_session(const Napi::CallbackInfo& info);
Napi::Value engine_constant(const Napi::CallbackInfo& info);
Napi::Value engine_pack(const Napi::CallbackInfo& info);
Napi::Value engine_pack_now(const Napi::CallbackInfo& info);
Napi::Value engine_write(const Napi::CallbackInfo& info);
Napi::Value engine_program(const Napi::CallbackInfo& info);
Napi::Value engine_run(const Napi::CallbackInfo& info);
Napi::Value engine_run_now(const Napi::CallbackInfo& info);
Napi::Value engine_is_short(const Napi::CallbackInfo& info);
Napi::Value engine_release(const Napi::CallbackInfo& info);
Napi::Value cpu_info(const Napi::CallbackInfo& info);
Napi::Value kernel_info(const Napi::CallbackInfo& info);
