#pragma once
// Tile registers in memory, by the names of AMX's intrinsics: included ahead of the files of that instruction
// set where ONNXPRESS_EMULATE asks for it, so that their kernels are tested on processors without it.
#include <immintrin.h>

#include <cstddef>

namespace emulated {

void load_config(const void* config);
void release();
void zero(int tile);
void load(int tile, const void* from, std::size_t step);
void store(int tile, void* to, std::size_t step);
/// sums[m, n] += Σ left[m, 4k + i] · right[k, 4n + i], of which the left bytes or the right ones have a sign.
void dot_unsigned_signed(int sums, int left, int right);
void dot_signed_unsigned(int sums, int left, int right);
/// sums[m, n] += Σ left[m, 2k] · right[k, 2n], and the same of odd elements, first added up each by itself:
/// bfloat16 numbers to floats, of which subnormal ones count as 0.
void dot_halves(int sums, int left, int right);

}  // namespace emulated

#undef _tile_loadd
#undef _tile_stream_loadd
#undef _tile_stored
#undef _tile_zero
#undef _tile_dpbusd
#undef _tile_dpbsud
#undef _tile_dpbf16ps
#define _tile_loadconfig(config) emulated::load_config(config)
#define _tile_release() emulated::release()
#define _tile_zero(tile) emulated::zero(tile)
#define _tile_loadd(tile, from, step) emulated::load(tile, from, step)
#define _tile_stream_loadd(tile, from, step) emulated::load(tile, from, step)
#define _tile_stored(tile, to, step) emulated::store(tile, to, step)
#define _tile_dpbusd(sums, left, right) emulated::dot_unsigned_signed(sums, left, right)
#define _tile_dpbsud(sums, left, right) emulated::dot_signed_unsigned(sums, left, right)
#define _tile_dpbf16ps(sums, left, right) emulated::dot_halves(sums, left, right)
