#pragma once
#include <cstddef>
#include <vector>

struct Work;

/// Of rows k and k + 1: row k becomes c * row k + s * row k+1, row k+1 becomes c * row k+1 - s * row k.
struct Rotation {
  double c, s;
};

/// Rotations of the rows first … last, for k from first to last - 1 one after the other.
struct RotationSweep {
  std::size_t first, last;
  std::vector<Rotation> rotations;
};

/// Applies sweeps to the rows of x[n, n]. Rotations that overlap are multiplied out to small orthogonal
/// matrices, so that the work is matrix products (Lang 1998, "Using level 3 BLAS in rotation-based
/// algorithms"). The same bits for any number of threads. Throws std::bad_alloc.
void rotate(const Work& work, const std::vector<RotationSweep>& sweeps, double* x, std::size_t n);
