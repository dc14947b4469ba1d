#include "minmax.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "../reduceChannels.h"
#include "../select.h"

namespace {

constexpr MinMax nothing{HUGE_VALF, -HUGE_VALF, 0};

void merge(MinMax& into, const MinMax& part) {
  into.min = std::min(into.min, part.min);
  into.max = std::max(into.max, part.max);
  into.non_finite += part.non_finite;
}

}  // namespace

std::span<const MinMaxKernels> min_max_variants() {
#define KERNEL(isa) {cpu::Isa::isa, min_max_f32_##isa, min_max_columns_f32_##isa},
  static constexpr MinMaxKernels all[] = {
#include "kernels.inc"
  };
#undef KERNEL
  return all;
}

const MinMaxKernels& min_max_kernels() {
  static const MinMaxKernels& chosen = fastest(min_max_variants());
  return chosen;
}

MinMax min_max(const Work& work, const float* x, std::size_t n) {
  std::vector<MinMax> parts(chunks_of(n), nothing);
  work.for_each(parts.size(), [&](std::size_t k) {
    parts[k] = min_max_kernels().run(x + k * chunk_size, std::min(chunk_size, n - k * chunk_size));
  });
  MinMax total = nothing;
  for (const MinMax& part : parts) merge(total, part);
  return total;
}

void min_max_per_channel(const Work& work, const float* x, const Layout& layout, float* min, float* max) {
  const MinMaxKernels& kernels = min_max_kernels();
  const auto run = [&](std::size_t first, std::size_t n, std::size_t) { return kernels.run(x + first, n); };
  const auto tile = [&](const ColumnTile& t, MinMax* partials) {
    float low[widest_tile], high[widest_tile];
    std::fill_n(low, t.columns, HUGE_VALF);
    std::fill_n(high, t.columns, -HUGE_VALF);
    kernels.columns(x + t.first, t.rows, layout.columns(), t.columns, low, high);
    for (std::size_t j = 0; j < t.columns; ++j) partials[j] = {low[j], high[j], 0};
  };
  const std::vector<MinMax> totals = ChannelReduction(work, layout, nothing, run, tile, merge)();
  for (std::size_t c = 0; c < totals.size(); ++c) {
    min[c] = totals[c].min;
    max[c] = totals[c].max;
  }
}
