#include <immintrin.h>

#include "qblockgemm.h"

namespace {
#include "../simd/amx.inc"

constexpr std::size_t tile_bytes = 1024, row_bytes = qblockgemm_size32_amx.columns * 4;

/// Sixteen rows of pixels, V vectors each, side by side for V tile registers.
template <int V>
inline void gather(const std::uint32_t* indices, const std::uint32_t* right, const std::uint32_t* table,
                   std::byte* to) {
  for (std::size_t t = 0; t < 16; ++t) {
    const std::uint32_t* row = right + table[indices[t]];
    for (int v = 0; v < V; ++v) {
      _mm512_store_si512(to + v * tile_bytes + t * 64, _mm512_loadu_si512(row + 16 * v));
    }
  }
  before_tile_loads();
}

/// The pixels of the next sixteen blocks are gathered while tiles multiply those before.
template <int V>
void product(const std::uint32_t* values, const std::uint32_t* indices, std::size_t blocks,
             const std::uint32_t* right, const std::uint32_t* table, std::int32_t* tile) {
  alignas(64) std::byte pixels[2][V * tile_bytes];
  const auto* weights = reinterpret_cast<const std::byte*>(values);
  _tile_zero(0);
  _tile_zero(1);
  _tile_zero(2);
  _tile_zero(3);
  if (blocks > 0) gather<V>(indices, right, table, pixels[0]);
  for (std::size_t b = 0; b < blocks; b += 16, weights += 2 * tile_bytes) {
    const std::byte* now = pixels[b / 16 % 2];
    _tile_loadd(6, now, 64);
    _tile_loadd(4, weights, 64);
    _tile_dpbsud(0, 4, 6);
    if constexpr (V == 2) {
      _tile_loadd(7, now + tile_bytes, 64);
      _tile_dpbsud(1, 4, 7);
    }
    _tile_loadd(5, weights + tile_bytes, 64);
    if (b + 16 < blocks) gather<V>(indices + b + 16, right, table, pixels[(b / 16 + 1) % 2]);
    _tile_dpbsud(2, 5, 6);
    if constexpr (V == 2) _tile_dpbsud(3, 5, 7);
  }
  auto* c = reinterpret_cast<std::byte*>(tile);
  _tile_stored(0, c, row_bytes);
  if constexpr (V == 2) _tile_stored(1, c + 64, row_bytes);
  _tile_stored(2, c + 16 * row_bytes, row_bytes);
  if constexpr (V == 2) _tile_stored(3, c + 16 * row_bytes + 64, row_bytes);
}

}  // namespace

void qblockgemm32_amx(const std::uint32_t* values, const std::uint32_t* indices, std::size_t blocks,
                      const std::uint32_t* right, const std::uint32_t* table, std::size_t wanted,
                      std::int32_t* tile) {
  (wanted > 16 ? product<2> : product<1>)(values, indices, blocks, right, table, tile);
}
