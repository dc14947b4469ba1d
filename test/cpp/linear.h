#pragma once
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "dense.h"

/// Linear layers, their operands and twins.
struct LinearShape {
  std::size_t rows, outputs, inputs;
};

inline std::string text(const LinearShape& s) {
  return std::to_string(s.rows) + " x " + std::to_string(s.inputs) + " x " + std::to_string(s.outputs);
}

/// Weights [outputs][inputs] of which `kept` of 16 blocks of rows by columns hold something.
template <class T, class Draw>
std::vector<T> sparse_weights(const LinearShape& s, std::size_t rows, std::size_t columns, unsigned kept,
                              Draw draw) {
  std::mt19937 random(5);
  std::vector<T> w(s.outputs * s.inputs);
  for (std::size_t i = 0; i < s.outputs; i += rows) {
    for (std::size_t k = 0; k < s.inputs; k += columns) {
      if (random() % 16 >= kept) continue;
      for (std::size_t a = i; a < std::min(i + rows, s.outputs); ++a) {
        for (std::size_t b = k; b < std::min(k + columns, s.inputs); ++b) w[a * s.inputs + b] = draw(random);
      }
    }
  }
  return w;
}

inline std::int8_t draw_byte(std::mt19937& random) {
  return static_cast<std::int8_t>(random() % 9 ? random() : 0x80);
}

/// Rows `step` elements apart by weights [outputs][inputs], with a bias and what is there before.
struct FloatLinearLayer {
  LinearShape shape;
  std::size_t step;
  Activation activation;
  std::vector<float> x = values(shape.rows * step, 1), bias = values(shape.outputs, 2),
                     start = values(shape.rows * shape.outputs, 3);

  void expect_twin(const std::vector<float>& y, const std::vector<float>& w) const {
    for (std::size_t at = 0; at < y.size(); ++at) {
      const std::size_t r = at / shape.outputs, i = at % shape.outputs;
      double sum = static_cast<double>(bias[i]) + static_cast<double>(start[at]);
      double magnitudes = std::fabs(static_cast<double>(bias[i])) + std::fabs(static_cast<double>(start[at]));
      for (std::size_t k = 0; k < shape.inputs; ++k) {
        const double term =
            static_cast<double>(x[r * step + k]) * static_cast<double>(w[i * shape.inputs + k]);
        sum += term;
        magnitudes += std::fabs(term);
      }
      const double want = exact(sum, activation);
      ASSERT_NEAR(y[at], want, float_bound(shape.inputs + 4, magnitudes, want, activation));
    }
  }
};

/// Rows of bytes by weights [outputs][inputs]: sums with a bias, scaled to floats, and to bytes around 9.
struct IntegerLinearLayer {
  LinearShape shape;
  std::vector<std::uint8_t> x = std::vector<std::uint8_t>(shape.rows * shape.inputs);
  std::vector<std::int32_t> bias = std::vector<std::int32_t>(shape.outputs);
  std::vector<float> multiplier = std::vector<float>(shape.outputs);
  static constexpr int zero_point = 9;

  explicit IntegerLinearLayer(const LinearShape& s) : shape(s) {
    std::mt19937 random(7);
    for (auto& v : x) v = static_cast<std::uint8_t>(random() % 5 ? random() : 255);
    for (auto& v : bias) v = static_cast<std::int32_t>(random() % 2001) - 1000;
    for (auto& v : multiplier) v = 0.0005f + 0.00001f * static_cast<float>(random() % 100);
  }

  /// Of a QBlockLinear or QGemvRows.
  template <class Layer>
  void describe(Layer& layer) const {
    layer.requantize.bias = bias.data(), layer.requantize.multiplier = multiplier.data();
    layer.requantize.zero_point = zero_point;
    layer.dequantize = {bias.data(), multiplier.data(), nullptr, nullptr, {}};
  }

  void expect_exact(const std::vector<float>& floats, const std::vector<std::uint8_t>& bytes,
                    const std::vector<std::int8_t>& w) const {
    for (std::size_t at = 0; at < bytes.size(); ++at) {
      const std::size_t r = at / shape.outputs, i = at % shape.outputs;
      std::int32_t sum = bias[i];
      for (std::size_t k = 0; k < shape.inputs; ++k) sum += x[r * shape.inputs + k] * w[i * shape.inputs + k];
      const float scaled = static_cast<float>(sum) * multiplier[i];
      ASSERT_EQ(floats[at], scaled) << at;
      ASSERT_EQ(bytes[at], std::min(std::max(std::nearbyint(scaled) + zero_point, 0.0f), 255.0f)) << at;
    }
  }
};
