#pragma once
#include <algorithm>
#include <cstddef>
#include <random>
#include <vector>

/// Weights lie as [outputs][inputs][taps].
struct WeightShape {
  std::size_t outputs, inputs, taps = 1;
};

/// Blocks of `rows` outputs by `columns` inputs at a tap, and the share of them that are not zero.
struct Blocks {
  std::size_t rows, columns;
  double density;
};

/// Weights whose blocks hold `value`, or nothing.
template <class T>
std::vector<T> sparse(const WeightShape& s, const Blocks& blocks, T value) {
  std::vector<T> w(s.outputs * s.inputs * s.taps);
  std::mt19937 random(1);
  const auto fill = [&](std::size_t row, std::size_t column, std::size_t tap) {
    for (std::size_t i = row; i < std::min(row + blocks.rows, s.outputs); ++i) {
      for (std::size_t k = column; k < std::min(column + blocks.columns, s.inputs); ++k)
        w[(i * s.inputs + k) * s.taps + tap] = value;
    }
  };
  for (std::size_t row = 0; row < s.outputs; row += blocks.rows) {
    for (std::size_t column = 0; column < s.inputs; column += blocks.columns) {
      for (std::size_t tap = 0; tap < s.taps; ++tap) {
        if (random() % 1000 < blocks.density * 1000) fill(row, column, tap);
      }
    }
  }
  return w;
}
