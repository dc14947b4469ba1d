#include <immintrin.h>

#include <limits>

#include "../simd/hints.h"
#include "winograd.h"

namespace {
#include "../simd/avx512.inc"
#include "transforms.inc"
//
#include "../activation/vector.inc"
//
#include "../gemm/store.inc"
//
#include "rows.inc"
}  // namespace

#define ISA(name) name##_avx512
#include "exports.inc"

void winograd_input_rows_avx512(WinogradTile tile, const ConvShape& shape, const TileRows& rows,
                                const float* plane, float* to, std::size_t to_step) {
  (tile == WinogradTile::two ? input_rows<2, input_axis_two>
                             : input_rows<4, input_axis_four>)(shape, rows, plane, to, to_step);
}

void winograd_output_rows_avx512(WinogradTile tile, const ConvShape& shape, const TileRows& rows,
                                 const float* from, std::size_t from_step, const TileEpilogue& epilogue,
                                 float* plane) {
  (tile == WinogradTile::two
       ? output_rows<2, output_axis_two>
       : output_rows<4, output_axis_four>)(shape, rows, from, from_step, epilogue, plane);
}
