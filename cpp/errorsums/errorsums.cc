#include "errorsums.h"

#include <algorithm>
#include <vector>

#include "../reduceChannels.h"
#include "../select.h"

std::span<const ErrorSumKernels> error_sum_variants() {
#define KERNEL(isa) \
  {cpu::Isa::isa, error_sums_f32_##isa, quantization_error_f32_##isa, quantization_error_columns_f32_##isa},
  static constexpr ErrorSumKernels all[] = {
#include "kernels.inc"
  };
#undef KERNEL
  return all;
}

const ErrorSumKernels& error_sum_kernels() {
  static const ErrorSumKernels& chosen = fastest(error_sum_variants());
  return chosen;
}

ErrorSums error_sums(const Work& work, const float* a, const float* b, std::size_t n) {
  std::vector<ErrorSums> parts(chunks_of(n));
  work.for_each(parts.size(), [&](std::size_t k) {
    const std::size_t from = k * chunk_size;
    parts[k] = error_sum_kernels().sums(a + from, b + from, std::min(chunk_size, n - from));
  });
  ErrorSums total = {};
  for (const ErrorSums& part : parts) {
    total.signal += part.signal;
    total.noise += part.noise;
    total.dot += part.dot;
    total.energy += part.energy;
    total.largest = std::max(total.largest, part.largest);
  }
  return total;
}

void quantization_error(const Work& work, const float* x, const Layout& layout,
                        const FakeQuantizeColumns& rule, double* sums) {
  const ErrorSumKernels& kernels = error_sum_kernels();
  std::vector<float> scale;
  std::vector<std::int32_t> zero_point;
  if (layout.has_short_runs()) {
    scale = per_column(rule.scale, layout);
    zero_point = per_column(rule.zero_point, layout);
  }
  const auto run = [&](std::size_t first, std::size_t n, std::size_t c) {
    return kernels.run(x + first, n, {rule.scale[c], rule.zero_point[c], rule.qmin, rule.qmax});
  };
  const auto tile = [&](const ColumnTile& t, double* partials) {
    const FakeQuantizeColumns part{scale.data() + t.first_column, zero_point.data() + t.first_column,
                                   rule.qmin, rule.qmax};
    kernels.columns(x + t.first, t.rows, layout.columns(), t.columns, part, partials);
  };
  const auto merge = [](double& into, double part) { into += part; };
  const std::vector<double> totals = ChannelReduction(work, layout, 0.0, run, tile, merge)();
  std::copy(totals.begin(), totals.end(), sums);
}
