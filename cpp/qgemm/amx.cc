#include <immintrin.h>

#include "qgemm.h"

namespace {
#include "../simd/avx512.inc"
//
#include "../simd/avx512_words.inc"
//
#include "../simd/amx.inc"
//
#include "../activation/vector.inc"

/// table[byte] of every byte: each half of the table is one permutation of two registers.
inline __m512i look_up(__m512i bytes, const std::uint8_t* table) {
  const __m512i low = _mm512_permutex2var_epi8(load_words(table), bytes, load_words(table + 64));
  const __m512i high = _mm512_permutex2var_epi8(load_words(table + 128), bytes, load_words(table + 192));
  return _mm512_mask_blend_epi8(_mm512_movepi8_mask(bytes), low, high);
}

#include "steps.inc"
//
#include "store.inc"

constexpr std::size_t width = qgemm_size_amx.columns;
/// Bytes of a tile register, and from row to row of the result.
constexpr std::size_t tile_bytes = 1024, result_step = width * 4;

/// What is done with each step of a product. The second cache is asked for lines, a few at a time: all at
/// once they would stand in the way of the tiles' own loads. Rows of the tile before are stored, as many as
/// the processor can see beside the products.
struct Meanwhile {
  const std::byte* at;
  std::size_t lines, steps;
  TileStores* stores;

  Meanwhile(const Ahead& ahead, std::size_t of)
      : at(ahead.at), lines(of > 0 ? ahead.bytes / 64 / of : 0), steps(of), stores(ahead.stores) {}

  inline void step(std::size_t k) {
    for (std::size_t i = 0; i < lines; ++i, at += 64)
      _mm_prefetch(reinterpret_cast<const char*>(at), _MM_HINT_T1);
    if (stores) store_rows(*stores, (k + 1) * (qgemm_size_amx.rows / 4) / steps * 4);
  }
};

/// Rows of the left operand: 16 in a tile register, then 16 more; bytes from one to the next, and from step
/// to step.
struct LeftRows {
  std::size_t row, half, step;

  explicit LeftRows(std::size_t left_step)
      : row(left_step > 0 ? left_step : 64),
        half(left_step > 0 ? 16 * left_step : tile_bytes),
        step(left_step > 0 ? 64 : 2 * tile_bytes) {}
};

/// c[16 R rows, 16 V columns] in tile registers 0 … 3; 4 and 5 hold rows of the left panel, 6 and 7 words of
/// the right one.
template <bool SignedLeft, int R, int V>
void block(const std::byte* a, const std::byte* b, std::size_t b_step, std::size_t steps, std::byte* c,
           bool added, const Ahead& ahead) {
  if (added) {
    _tile_loadd(0, c, result_step);
    if constexpr (V == 2) _tile_loadd(1, c + 64, result_step);
    if constexpr (R == 2) _tile_loadd(2, c + 16 * result_step, result_step);
    if constexpr (R == 2 && V == 2) _tile_loadd(3, c + 16 * result_step + 64, result_step);
  } else {
    _tile_zero(0);
    if constexpr (V == 2) _tile_zero(1);
    if constexpr (R == 2) _tile_zero(2);
    if constexpr (R == 2 && V == 2) _tile_zero(3);
  }
// Rows of activations are as many as the first cache holds: kept there, they would drive out the weights,
// which are read again for the rows behind them.
#define LOAD_LEFT(to, from)                 \
  if constexpr (SignedLeft) {               \
    _tile_loadd(to, from, rows.row);        \
  } else {                                  \
    _tile_stream_loadd(to, from, rows.row); \
  }
#define DOT(sums, left, right)       \
  if constexpr (SignedLeft) {        \
    _tile_dpbsud(sums, left, right); \
  } else {                           \
    _tile_dpbusd(sums, left, right); \
  }
  Meanwhile meanwhile(ahead, steps);
  const LeftRows rows(ahead.left_step);
  for (std::size_t k = 0; k < steps; ++k, a += rows.step, b += 16 * b_step) {
    _tile_loadd(6, b, b_step);
    LOAD_LEFT(4, a)
    DOT(0, 4, 6)
    if constexpr (V == 2) {
      _tile_loadd(7, b + 64, b_step);
      DOT(1, 4, 7)
    }
    if constexpr (R == 2) {
      LOAD_LEFT(5, a + rows.half)
      DOT(2, 5, 6)
    }
    if constexpr (R == 2 && V == 2) {
      DOT(3, 5, 7)
    }
    meanwhile.step(k);
  }
#undef DOT
#undef LOAD_LEFT
  _tile_stored(0, c, result_step);
  if constexpr (V == 2) _tile_stored(1, c + 64, result_step);
  if constexpr (R == 2) _tile_stored(2, c + 16 * result_step, result_step);
  if constexpr (R == 2 && V == 2) _tile_stored(3, c + 16 * result_step + 64, result_step);
}

template <bool S>
inline void product(const void* left, const void* right, std::size_t right_step, std::size_t depth,
                    std::size_t rows, std::size_t columns, void* tile, bool add, const Ahead& ahead) {
  using Block =
      void(const std::byte*, const std::byte*, std::size_t, std::size_t, std::byte*, bool, const Ahead&);
  static constexpr Block* blocks[2][2] = {{block<S, 1, 1>, block<S, 1, 2>}, {block<S, 2, 1>, block<S, 2, 2>}};
  blocks[rows > 16][columns > 16](static_cast<const std::byte*>(left), static_cast<const std::byte*>(right),
                                  right_step * 4, depth / 16, static_cast<std::byte*>(tile), add, ahead);
}

}  // namespace

#define ISA amx
#include "exports.inc"

void qgemm_enter_amx() { enter_tiles(); }

void qgemm_leave_amx() { leave_tiles(); }
