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
#include "vnni512.inc"
//
#include "rows.inc"
}  // namespace

#define ISA amx
#include "exports.inc"

void gemv_s8_bitmap_amx(const std::uint8_t* x, const std::int8_t* values, const std::uint64_t* masks,
                        std::size_t depth, std::int32_t* sums) {
  I sum[4] = {splat_word(0), splat_word(0), splat_word(0), splat_word(0)};
  const auto step = [&](std::size_t k, int u) {
    const std::uint64_t mask = masks[k];
    sum[u] = dot(sum[u], inputs_at(x, k), _mm512_maskz_expandloadu_epi8(mask, values));
    values += _mm_popcnt_u64(mask);
  };
  std::size_t k = 0;
  for (; k + 4 <= depth; k += 4) {
    prefetch<64>(values);
    for (int u = 0; u < 4; ++u) step(k + static_cast<std::size_t>(u), u);
  }
  for (; k < depth; ++k) step(k, 0);
  store_words(sums, add(add(sum[0], sum[1]), add(sum[2], sum[3])));
}
