#include <math.h>

#include "bytes.h"

namespace {

constexpr std::size_t vector_bytes = 1;

inline void look_up_vector(const std::uint8_t* from, const std::uint8_t* table, std::uint8_t* to) {
  *to = table[*from];
}

}  // namespace

#define ISA scalar
#include "loops.inc"
