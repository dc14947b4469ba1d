#include <immintrin.h>

#include "../activation/activation.h"
#include "recurrent.h"

namespace {
#include "../simd/avx2.inc"
//
#include "../activation/vector.inc"
//
#include "cell.inc"
}  // namespace

void lstm_f32_cell_avx2(const float* input, const float* recurrent, std::size_t hidden, float* cell,
                        float* state) {
  lstm_row(input, recurrent, hidden, cell, state);
}

void gru_f32_cell_avx2(const float* input, const float* recurrent, std::size_t hidden, float* state) {
  gru_row(input, recurrent, hidden, state);
}
