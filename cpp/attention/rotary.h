#pragma once
#include <cstddef>

/// Turns pairs of a row's numbers by angles that depend on its position (Su et al., arXiv:2104.09864, section
/// 3.2.2): (a, b) becomes (a cos - b sin, a sin + b cos). What is behind the pairs stays.
struct Rotation {
  /// How many there are; 0: nothing is turned.
  std::size_t pairs = 0;
  /// Whether the two of a pair are neighbors; or else the second ones stand behind all first ones.
  bool interleaved = false;
  /// [positions][pairs].
  const float *cosines = nullptr, *sines = nullptr;
};

/// A row of `depth` numbers, at least 2 * pairs, at a position that the tables have. `to` is not `from`.
void rotate_row(const Rotation& rotation, std::size_t position, const float* from, std::size_t depth,
                float* to);
