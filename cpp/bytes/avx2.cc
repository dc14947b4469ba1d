#include <immintrin.h>
#include <math.h>

#include "bytes.h"

namespace {

#include "../simd/avx2.inc"
#include "../simd/avx2_words.inc"

constexpr std::size_t vector_bytes = 32;

inline void look_up_vector(const std::uint8_t* from, const std::uint8_t* table, std::uint8_t* to) {
  store_words(to, look_up(load_words(from), table));
}

}  // namespace

#define ISA avx2
#include "loops.inc"
