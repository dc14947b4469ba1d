#include <arm_neon.h>
#include <math.h>

#include "bytes.h"

namespace {

#include "../simd/neon.inc"
#include "../simd/neon_words.inc"

constexpr std::size_t vector_bytes = 16;

inline void look_up_vector(const std::uint8_t* from, const std::uint8_t* table, std::uint8_t* to) {
  store_words(to, look_up(load_words(from), table));
}

}  // namespace

#define ISA neon
#include "loops.inc"
