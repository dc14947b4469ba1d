#pragma once
#include <cstddef>

#include "plan.h"
#include "winograd.h"

/// Transforms of one row of tiles at a time, for kernels that go no further themselves. `at`: the row's first
/// tile in its block of `tiles` tiles; `scratch`: WinogradPlan::scratch_step floats.
class WinogradRows {
 public:
  WinogradRows(const Winograd& layer, const WinogradPlan& plan, const WinogradKernels& kernels,
               float* workspace)
      : w_(layer), plan_(plan), kernels_(kernels), workspace_(workspace) {}

  /// Rows of the image with their pads, then a column of the tiles apiece, then the transform.
  void transform(std::size_t image, std::size_t channel, std::size_t row, std::size_t at, std::size_t tiles,
                 float* scratch) const;

  void store(std::size_t image, std::size_t output, std::size_t row, std::size_t at, std::size_t tiles,
             float* scratch) const;

 private:
  void copy_line(const float* row, float* to) const;
  /// Where each column of the tiles begins; neighbors of a column's are those of neighboring tiles.
  /// Returns the distance of a column's rows.
  std::size_t split_columns(float* lines, const float** columns) const;
  bool is_four() const { return w_.tile == WinogradTile::four; }

  const Winograd& w_;
  const WinogradPlan& plan_;
  const WinogradKernels& kernels_;
  float* workspace_;
};
