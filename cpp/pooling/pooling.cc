#include "pooling.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "../select.h"
#include "../threadPool.h"

namespace {

/// How many taps of output o count.
std::size_t taps_of(const WindowAxis& axis, std::size_t o, bool counts_padding, std::int64_t end_pad) {
  const std::int64_t from = counts_padding ? -axis.pad : 0;
  const std::int64_t to = static_cast<std::int64_t>(axis.in) + (counts_padding ? end_pad : 0);
  std::size_t count = 0;
  for (std::size_t k = 0; k < axis.kernel; ++k) {
    const std::int64_t at = axis.at(o, k);
    count += at >= from && at < to;
  }
  return count;
}

/// Rows first, into one row of the input's width, of which few taps are left.
void pool_row(const PoolSpec& spec, const float* plane, std::size_t o, float* joined, float* y) {
  const auto& [height, width] = spec.window;
  const PoolingKernels& kernels = pooling_kernels();
  const float start = spec.kind == Pooling::max ? -HUGE_VALF : 0.0f;
  std::fill_n(joined, width.in, start);
  std::fill_n(y, width.out, start);
  for (std::size_t i = 0; i < height.kernel; ++i) {
    const std::int64_t at = height.at(o, i);
    if (at < 0 || at >= static_cast<std::int64_t>(height.in)) continue;
    kernels.tap(spec.kind, plane + static_cast<std::size_t>(at) * width.in, 1, width.in, joined);
  }
  for (std::size_t j = 0; j < width.kernel; ++j) {
    const std::size_t first = width.first(j), last = width.last(j);
    if (first >= last) continue;
    kernels.tap(spec.kind, joined + width.at(first, j), width.stride, last - first, y + first);
  }
  if (spec.kind != Pooling::average) return;
  const std::size_t rows = taps_of(height, o, spec.counts_padding, spec.end_pad_height);
  for (std::size_t j = 0; j < width.out; ++j) {
    y[j] /= static_cast<float>(rows * taps_of(width, j, spec.counts_padding, spec.end_pad_width));
  }
}

}  // namespace

std::size_t WindowAxis::first(std::size_t k) const {
  const std::int64_t before = pad - static_cast<std::int64_t>(k * dilation);
  return before <= 0 ? 0 : std::min(out, (static_cast<std::size_t>(before) + stride - 1) / stride);
}

std::size_t WindowAxis::last(std::size_t k) const {
  const std::int64_t room = static_cast<std::int64_t>(in) - 1 + pad - static_cast<std::int64_t>(k * dilation);
  return room < 0 ? 0 : std::min(out, static_cast<std::size_t>(room) / stride + 1);
}

std::span<const PoolingKernels> pooling_variants() {
#define KERNEL(isa) {cpu::Isa::isa, pool_tap_f32_##isa},
  static constexpr PoolingKernels all[] = {
#include "kernels.inc"
  };
#undef KERNEL
  return all;
}

const PoolingKernels& pooling_kernels() {
  static const PoolingKernels& chosen = fastest(pooling_variants());
  return chosen;
}

void pool(const Work& work, const float* x, std::size_t planes, const PoolSpec& spec, float* y) {
  const auto& [height, width] = spec.window;
  work.for_each(planes, [&](std::size_t p) {
    std::vector<float> joined(width.in);
    for (std::size_t o = 0; o < height.out; ++o) {
      float* const row = y + (p * height.out + o) * width.out;
      pool_row(spec, x + p * height.in * width.in, o, joined.data(), row);
    }
  });
}
