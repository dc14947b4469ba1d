#pragma once
#include <cstddef>
#include <random>
#include <vector>

/// Weights, and the Gram matrix of what they are multiplied with.
struct Layer {
  std::size_t rows, columns;
  std::vector<float> weights, scales;
  std::vector<double> gram;
};

/// Inputs that share a few causes, as activations do, and weights of ordinary sizes.
inline Layer layer(std::size_t rows, std::size_t columns, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  const std::size_t causes = columns / 4 + 1, samples = 2 * columns + 8;
  std::vector<float> mix(causes * columns), cause(causes);
  for (float& v : mix) v = normal(random);
  Layer made{rows, columns, std::vector<float>(rows * columns), std::vector<float>(rows),
             std::vector<double>(columns * columns)};
  std::vector<double> x(columns);
  for (std::size_t s = 0; s < samples; ++s) {
    for (float& v : cause) v = normal(random);
    for (std::size_t j = 0; j < columns; ++j) {
      x[j] = 0.2 * static_cast<double>(normal(random));
      for (std::size_t c = 0; c < causes; ++c) x[j] += static_cast<double>(cause[c] * mix[c * columns + j]);
    }
    for (std::size_t i = 0; i < columns * columns; ++i) made.gram[i] += x[i / columns] * x[i % columns];
  }
  for (float& w : made.weights) w = 0.1f * normal(random);
  for (std::size_t r = 0; r < rows; ++r) made.scales[r] = 0.02f + 0.001f * static_cast<float>(r % 5);
  return made;
}

/// The solution of a[n, n] * x = b for a positive definite matrix, by Gaussian elimination in long double.
inline std::vector<long double> solution_of(std::vector<long double> a, std::vector<long double> b) {
  const std::size_t n = b.size();
  for (std::size_t k = 0; k < n; ++k) {
    for (std::size_t i = k + 1; i < n; ++i) {
      const long double factor = a[i * n + k] / a[k * n + k];
      for (std::size_t j = k; j < n; ++j) a[i * n + j] -= factor * a[k * n + j];
      b[i] -= factor * b[k];
    }
  }
  for (std::size_t k = n; k-- > 0;) {
    for (std::size_t j = k + 1; j < n; ++j) b[k] -= a[k * n + j] * b[j];
    b[k] /= a[k * n + k];
  }
  return b;
}

/// H with `damping` times the mean of its diagonal added to it.
inline std::vector<double> damped(const Layer& l, double damping) {
  std::vector<double> h = l.gram;
  double mean = 0;
  for (std::size_t i = 0; i < l.columns; ++i) mean += h[i * l.columns + i] / static_cast<double>(l.columns);
  for (std::size_t i = 0; i < l.columns; ++i) h[i * l.columns + i] += damping * mean;
  return h;
}

/// tr((w - z) * h * transpose(w - z))
inline double error_of(const Layer& l, const std::vector<double>& h, const std::vector<float>& z) {
  const std::size_t n = l.columns;
  double total = 0;
  std::vector<double> e(n);
  for (std::size_t r = 0; r < l.rows; ++r) {
    for (std::size_t j = 0; j < n; ++j)
      e[j] = static_cast<double>(l.weights[r * n + j]) - static_cast<double>(z[r * n + j]);
    for (std::size_t i = 0; i < n * n; ++i) total += e[i / n] * h[i] * e[i % n];
  }
  return total;
}
