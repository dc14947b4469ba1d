#pragma once
#include "conv/conv.h"

struct Layer {
  const char* name;
  std::size_t outputs, inputs, size, kernel, stride;

  /// With channels as words: float planes, or planes of four 8-bit channels.
  ConvShape shape(std::size_t channels) const {
    const std::size_t pad = kernel / 2, out = (size + 2 * pad - kernel) / stride + 1;
    return {channels, size, size, kernel, kernel, stride, stride, 1, 1, pad, pad, out, out};
  }
  double operations() const {
    const ConvShape s = shape(1);
    return 2.0 * static_cast<double>(outputs * inputs * kernel * kernel * s.pixels());
  }
};

/// ResNet-50's and some of MobileNetV2's convolutions on 224 x 224 images.
inline constexpr Layer layers[] = {
    {"7x7 s2 3-64", 64, 3, 224, 7, 2},        {"1x1 64-64 56", 64, 64, 56, 1, 1},
    {"1x1 64-256 56", 256, 64, 56, 1, 1},     {"1x1 256-64 56", 64, 256, 56, 1, 1},
    {"3x3 64-64 56", 64, 64, 56, 3, 1},       {"1x1 s2 256-512", 512, 256, 56, 1, 2},
    {"3x3 128-128 28", 128, 128, 28, 3, 1},   {"1x1 512-128 28", 128, 512, 28, 1, 1},
    {"1x1 128-512 28", 512, 128, 28, 1, 1},   {"3x3 s2 128-128", 128, 128, 56, 3, 2},
    {"3x3 256-256 14", 256, 256, 14, 3, 1},   {"1x1 1024-256 14", 256, 1024, 14, 1, 1},
    {"1x1 256-1024 14", 1024, 256, 14, 1, 1}, {"3x3 512-512 7", 512, 512, 7, 3, 1},
    {"1x1 2048-512 7", 512, 2048, 7, 1, 1},   {"1x1 512-2048 7", 2048, 512, 7, 1, 1},
    {"1x1 16-96 112", 96, 16, 112, 1, 1},     {"1x1 96-24 56", 24, 96, 56, 1, 1},
    {"1x1 192-32 28", 32, 192, 28, 1, 1},     {"1x1 576-96 14", 96, 576, 14, 1, 1}};

struct LinearLayer {
  const char* name;
  std::size_t rows, inputs, outputs;

  double operations() const { return 2.0 * static_cast<double>(rows * inputs * outputs); }
};

inline constexpr LinearLayer linear_layers[] = {{"128x768x768", 128, 768, 768},
                                                {"128x768x3072", 128, 768, 3072},
                                                {"128x3072x768", 128, 3072, 768},
                                                {"1x2048x1000", 1, 2048, 1000}};

inline constexpr LinearLayer single_row_layers[] = {{"1x4096x4096", 1, 4096, 4096},
                                                    {"1x1024x1000", 1, 1024, 1000},
                                                    {"1x768x3072", 1, 768, 3072},
                                                    {"1x2048x1000", 1, 2048, 1000}};
