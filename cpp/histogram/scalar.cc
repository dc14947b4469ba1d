#include "histogram.h"

namespace {
#include "element.inc"
}  // namespace

void histogram_bins_f32_scalar(const float* x, std::size_t n, const BinRule& rule, std::uint32_t* bin) {
  const float last = static_cast<float>(rule.bins - 1);
  for (std::size_t i = 0; i < n; ++i) bin[i] = bin_of(x[i], rule, last);
}
