#include <immintrin.h>

#include <algorithm>
#include <limits>

#include "../roundUp.h"
#include "kernels.h"

namespace {
#include "../simd/avx512.inc"
//
#include "../simd/amx.inc"
//
#include "horizontal.inc"
//
#include "weights.inc"

constexpr std::size_t terms = attention_form_amx.depth, most_rows = attention_form_amx.rows,
                      sums_step = attention_lanes_amx;

/// The upper half of each float, rounded: its first 8 bits.
inline __m512i leading(F x) {
  const __m512i half = _mm512_set1_epi32(0x8000), upper = _mm512_set1_epi32(static_cast<int>(0xffff0000u));
  return _mm512_and_si512(_mm512_add_epi32(_mm512_castps_si512(x), half), upper);
}

/// The upper halves of `first` in the lower ones of a word, those of `second` in the upper ones.
inline __m512 joined(__m512i first, __m512i second) {
  return _mm512_castsi512_ps(_mm512_mask_blend_epi16(0xaaaaaaaa, _mm512_srli_epi32(first, 16), second));
}

/// first = high + low to 16 bits, and so is `second`: `high` becomes the high halves of both, `low` the low
/// ones.
inline void split(F first, F second, float* high, float* low) {
  const __m512i a = leading(first), b = leading(second);
  store(high, joined(a, b));
  store(low,
        joined(leading(sub(first, _mm512_castsi512_ps(a))), leading(sub(second, _mm512_castsi512_ps(b)))));
}

/// Rows k to k + 31 of 16 columns of a right operand.
struct Strip {
  const float* at;
  std::size_t step;
};

/// Where they are, or else, filled up with zeros, in `own`.
inline Strip strip(const MatrixView& m, std::size_t k, std::size_t column, float* own) {
  const std::size_t columns = std::min(lanes, m.size - std::min(column, m.size));
  const std::size_t depth = std::min(terms, m.depth - k);
  const float* const from = m.data + k * m.inner + (columns > 0 ? column * m.outer : 0);
  if (m.outer == 1 && columns == lanes && depth == terms) return {from, m.inner};
  gemm_pack_panel({from, columns, depth, m.outer, m.inner}, 0, lanes, own);
  for (std::size_t i = depth; i < terms; ++i) store(own + i * lanes, splat(0));
  return {own, lanes};
}

/// c[16 R rows, 32 columns] in tile registers 0 … 3; 4 and 5 hold halves of the left operand, 6 and 7 of the
/// right one. The product of both low halves is left out.
template <int R>
void block(const RowsProduct& p, std::size_t row, std::size_t column, float* sums) {
  const std::size_t width = round_up(p.columns, sums_step);
  const std::size_t left_bytes = p.left_step * sizeof(float), right_bytes = width * sizeof(float);
  const float *left = p.left + row * p.left_step, *right = p.right + column;
  const auto load_left = [&](const float* from) __attribute__((always_inline)) {
    _tile_loadd(4, from, left_bytes);
    if constexpr (R == 2) _tile_loadd(5, from + 16 * p.left_step, left_bytes);
  };
  const auto load_right = [&](const float* from) __attribute__((always_inline)) {
    _tile_loadd(6, from, right_bytes);
    _tile_loadd(7, from + 16, right_bytes);
  };
  const auto dot = []() __attribute__((always_inline)) {
    _tile_dpbf16ps(0, 4, 6);
    _tile_dpbf16ps(1, 4, 7);
    if constexpr (R == 2) {
      _tile_dpbf16ps(2, 5, 6);
      _tile_dpbf16ps(3, 5, 7);
    }
  };
  _tile_zero(0);
  _tile_zero(1);
  _tile_zero(2);
  _tile_zero(3);
  for (std::size_t k = 0; k < p.depth; k += terms, left += terms, right += terms * width) {
    load_right(right);
    load_left(left + 16);
    dot();
    load_left(left);
    dot();
    load_right(right + 16 * width);
    dot();
  }
  constexpr std::size_t sums_bytes = sums_step * sizeof(float);
  _tile_stored(0, sums, sums_bytes);
  _tile_stored(1, sums + 16, sums_bytes);
  if constexpr (R == 2) {
    _tile_stored(2, sums + 16 * sums_step, sums_bytes);
    _tile_stored(3, sums + 16 * sums_step + 16, sums_bytes);
  }
}

/// `rows` rows of the block at `row` and `column` go to c.
inline void finish(const RowsProduct& p, std::size_t row, std::size_t column, std::size_t rows,
                   const float* sums) {
  const std::size_t end = std::min(sums_step, p.columns - column);
  for (std::size_t i = 0; i < rows; ++i, sums += sums_step) {
    float* const c = p.c + (row + i) * p.c_step + column;
    const F factor = splat(p.factors ? p.factors[row + i] : 1);
    for (std::size_t j = 0; j < end; j += lanes) {
      const std::size_t n = std::min(lanes, end - j);
      const F sum = p.adds ? add(load(sums + j), load_some(c + j, n)) : load(sums + j);
      store_some(c + j, mul(sum, factor), n);
    }
  }
}

}  // namespace

void attention_enter_amx() { enter_tiles(); }

void attention_leave_amx() { leave_tiles(); }

void attention_left_amx(const float* from, std::size_t from_step, std::size_t rows, std::size_t depth,
                        float* to, std::size_t to_step) {
  constexpr std::size_t half = terms / 2;
  for (std::size_t i = 0; i < rows; ++i, from += from_step, to += to_step) {
    std::size_t k = 0;
    for (; k + terms <= depth; k += terms)
      split(load(from + k), load(from + k + half), to + k, to + k + half);
    if (k == depth) continue;
    const std::size_t rest = depth - k, behind = rest - std::min(rest, half);
    split(load_some(from + k, std::min(rest, half)), load_some(from + k + half, behind), to + k,
          to + k + half);
  }
}

void attention_right_amx(const MatrixView& matrix, std::size_t first, std::size_t width, float* to) {
  alignas(64) float own[terms * lanes];
  const std::size_t half = terms / 2 * width;
  for (std::size_t k = 0; k < matrix.depth; k += terms, to += 2 * half) {
    for (std::size_t j = 0; j < width; j += lanes) {
      const Strip s = strip(matrix, k, first + j, own);
      float* high = to + j;
      for (std::size_t r = 0; r < terms / 2; ++r, high += width)
        split(load(s.at + r * s.step), load(s.at + (r + terms / 2) * s.step), high, high + half);
    }
  }
}

void rows_product_f32_amx(const RowsProduct& p) {
  alignas(64) float sums[most_rows * sums_step];
  before_tile_loads();
  for (std::size_t row = 0; row < p.rows; row += most_rows) {
    const std::size_t rows = std::min(most_rows, p.rows - row);
    for (std::size_t column = 0; column < p.columns; column += sums_step) {
      (rows > 16 ? block<2> : block<1>)(p, row, column, sums);
      finish(p, row, column, rows, sums);
    }
  }
}

/// Vectors are shorter than what columns are filled up to.
void attention_weights_f32_amx(const ScoreRows& rows, float* inverses) {
  rows.mask ? weights<true>(rows, inverses) : weights<false>(rows, inverses);
  const std::size_t behind = round_up(rows.n, lanes);
  if (behind % attention_lanes_amx == 0) return;
  for (std::size_t i = 0; i < rows.rows; ++i) store(rows.scores + i * rows.step + behind, splat(0));
}
