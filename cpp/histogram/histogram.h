#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

#include "../cpu.h"

struct Work;

/// Which of `bins` equal bins over [min, max] each element falls into, in float32 arithmetic throughout:
///
///   scale = float(double(bins) / (double(max) - double(min)))      at most FLT_MAX
///   bin   = int(clamp((x - min) * scale, 0, bins - 1))        rounded toward zero
///
/// Elements outside [min, max] go to the end bins. NaN and the infinities get the number `bins`, one past the
/// last. Each operation is rounded once, so every variant returns the same integers. 1 <= bins <= 2^20.
struct BinRule {
  float min, scale;
  std::uint32_t bins;
};

BinRule bin_rule(float min, float max, std::uint32_t bins);

/// bin[i] for x[0 … n).
using histogram_bins_f32 = void(const float* x, std::size_t n, const BinRule& rule, std::uint32_t* bin);

struct HistogramKernels {
  cpu::Isa isa;
  histogram_bins_f32* bins;
};

#define KERNEL(isa) histogram_bins_f32 histogram_bins_f32_##isa;
#include "kernels.inc"
#undef KERNEL

std::span<const HistogramKernels> histogram_variants();
const HistogramKernels& histogram_kernels();

/// Adds the number of elements in each bin to counts[0 … bins) and returns how many were not finite. Counts
/// in double are exact up to 2^53.
std::size_t histogram(const Work& work, const float* x, std::size_t n, const BinRule& rule, double* counts);
