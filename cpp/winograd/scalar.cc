#include "winograd.h"

namespace {
using F = float;
constexpr std::size_t lanes = 1;

F splat(float x) { return x; }
F load(const float* p) { return *p; }
void store(float* p, F v) { *p = v; }
void store_some(float* p, F v, std::size_t n) {
  if (n > 0) *p = v;
}
F add(F a, F b) { return a + b; }
F sub(F a, F b) { return a - b; }
F mul(F a, F b) { return a * b; }
F fma(F a, F b, F c) { return a * b + c; }

#include "transforms.inc"
}  // namespace

#define ISA(name) name##_scalar
#include "exports.inc"
