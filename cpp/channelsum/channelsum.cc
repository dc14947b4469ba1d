#include "channelsum.h"

#include <algorithm>
#include <vector>

#include "../reduceChannels.h"
#include "../select.h"

std::span<const ChannelSumKernels> channel_sum_variants() {
#define KERNEL(isa) {cpu::Isa::isa, sum_f32_##isa, sum_columns_f32_##isa},
  static constexpr ChannelSumKernels all[] = {
#include "kernels.inc"
  };
#undef KERNEL
  return all;
}

const ChannelSumKernels& channel_sum_kernels() {
  static const ChannelSumKernels& chosen = fastest(channel_sum_variants());
  return chosen;
}

void channel_sums(const Work& work, const float* x, const Layout& layout, double* sums) {
  const ChannelSumKernels& kernels = channel_sum_kernels();
  const auto run = [&](std::size_t first, std::size_t n, std::size_t) { return kernels.run(x + first, n); };
  const auto tile = [&](const ColumnTile& t, double* partials) {
    kernels.columns(x + t.first, t.rows, layout.columns(), t.columns, partials);
  };
  const auto merge = [](double& into, double part) { into += part; };
  const std::vector<double> totals = ChannelReduction(work, layout, 0.0, run, tile, merge)();
  std::copy(totals.begin(), totals.end(), sums);
}
