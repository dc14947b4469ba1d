#include <immintrin.h>

#include <cstring>

#include "qgemv.h"

namespace {
#include "../simd/avx512.inc"
//
#include "../simd/avx512_words.inc"
//
#include "../simd/prefetch.inc"
//
#include "../simd/unrolled.inc"
//
#include "vnni512.inc"
//
#include "rows.inc"
}  // namespace

#define ISA avx512vbmi2
#include "exports.inc"

void gemv_s8_bitmap_avx512vbmi2(const std::uint8_t* x, const std::int8_t* values, const std::uint64_t* masks,
                                std::size_t depth, std::int32_t* sums) {
  I sum[4] = {splat_word(0), splat_word(0), splat_word(0), splat_word(0)};
  std::size_t k = 0;
  for (; k + 4 <= depth; k += 4) {
    prefetch<64>(values);
    // Into four registers: on Zen 4 an expansion waits for what its register held before.
    I weights[4];
    unrolled<4>([&](auto u) {
      weights[u] = _mm512_maskz_expandloadu_epi8(masks[k + u], values);
      values += _mm_popcnt_u64(masks[k + u]);
    });
    unrolled<4>([&](auto u) { sum[u] = dot(sum[u], inputs_at(x, k + u), weights[u]); });
  }
  for (; k < depth; ++k) {
    sum[0] = dot(sum[0], inputs_at(x, k), _mm512_maskz_expandloadu_epi8(masks[k], values));
    values += _mm_popcnt_u64(masks[k]);
  }
  store_words(sums, add(add(sum[0], sum[1]), add(sum[2], sum[3])));
}
