#include <immintrin.h>
#include <math.h>

#include "bytes.h"

namespace {

#include "../simd/avx512_lookup.inc"

constexpr std::size_t vector_bytes = 64;

inline void look_up_vector(const std::uint8_t* from, const std::uint8_t* table, std::uint8_t* to) {
  _mm512_storeu_si512(to, look_up(_mm512_loadu_si512(from), table));
}

}  // namespace

#define ISA avx512
#include "loops.inc"
