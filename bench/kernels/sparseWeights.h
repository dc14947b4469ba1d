#pragma once
#include <algorithm>
#include <cstddef>
#include <random>
#include <vector>

#include "shapes.h"

/// Weights [outputs][inputs] whose blocks of `rows` by `columns` hold `value`, or nothing.
template <class T>
std::vector<T> sparse(const LinearLayer& l, std::size_t rows, std::size_t columns, double density, T value) {
  std::vector<T> w(l.outputs * l.inputs);
  std::mt19937 random(1);
  for (std::size_t i = 0; i < l.outputs; i += rows) {
    for (std::size_t k = 0; k < l.inputs; k += columns) {
      if (random() % 1000 >= density * 1000) continue;
      for (std::size_t a = i; a < std::min(i + rows, l.outputs); ++a) {
        for (std::size_t b = k; b < std::min(k + columns, l.inputs); ++b) w[a * l.inputs + b] = value;
      }
    }
  }
  return w;
}
