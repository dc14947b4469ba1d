#include "quantize.h"

namespace {
#include "element.inc"

template <class Rule, class Stored>
void quantize_all(const float* x, std::size_t n, const Rule& rule, Stored* q) {
  quantize_from(0, x, n, rule, q);
}

template <class Rule, class Stored>
void dequantize_all(const Stored* q, std::size_t n, const Rule& rule, float* y) {
  dequantize_from(0, q, n, rule, y);
}

void pack_all(const std::uint8_t* bytes, std::size_t n, std::uint8_t* packed) {
  pack_from(0, bytes, n, packed);
}

void unpack_all(const std::uint8_t* packed, std::size_t n, std::uint8_t* bytes) {
  unpack_from(0, packed, n, bytes);
}
}  // namespace

#define NAMED(name) name##_scalar
#include "exports.inc"
