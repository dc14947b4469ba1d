#pragma once
#include <cstddef>

#include "../gemm/gemm.h"
#include "winograd.h"

/// How a layer is cut up, and where in the workspace its parts lie, in floats.
struct WinogradPlan {
  std::size_t tile, inputs, points;
  std::size_t across, down;  // tiles along each axis
  std::size_t block_rows;    // tile rows at a time
  std::size_t line;          // floats of a padded row of the image
  std::size_t split;         // and of every other or every fourth of them
  std::size_t transformed, products, gemm, scratch, scratch_step, total;

  WinogradPlan(const Winograd& layer, std::size_t threads);

  /// All points of a block of `tiles` tiles at once: an item a point.
  Gemm product(const Winograd& layer, float* workspace, std::size_t tiles) const;
};
