#include "histogram.h"

#include <algorithm>
#include <limits>
#include <vector>

#include "../layout.h"
#include "../roundUp.h"
#include "../select.h"
#include "../threadPool.h"

namespace {

/// Neighbors often fall into the same bin, and an increment that waits for the one before it costs five times
/// as much: four tables side by side, one for every fourth element.
constexpr std::size_t tables = 4;
constexpr std::size_t block = 1024;

class Counter {
 public:
  explicit Counter(const BinRule& rule) : rule_(rule), stride_(rule.bins + 1), counts_(tables * stride_) {}

  void count(const float* x, std::size_t n) {
    std::uint32_t bin[block];
    for (std::size_t at = 0; at < n; at += block) {
      const std::size_t length = std::min(block, n - at);
      histogram_kernels().bins(x + at, length, rule_, bin);
      tally(bin, length);
    }
  }

  /// Adds to counts[0 … bins) and returns the number of elements that were not finite.
  std::size_t add_to(double* counts) const {
    for (std::size_t b = 0; b < rule_.bins; ++b) counts[b] += static_cast<double>(total(b));
    return total(rule_.bins);
  }

 private:
  void tally(const std::uint32_t* bin, std::size_t n) {
    std::uint32_t* table = counts_.data();
    std::size_t i = 0;
    for (; i + tables <= n; i += tables) {
      ++table[bin[i]];
      ++table[stride_ + bin[i + 1]];
      ++table[2 * stride_ + bin[i + 2]];
      ++table[3 * stride_ + bin[i + 3]];
    }
    for (; i < n; ++i) ++table[bin[i]];
  }

  std::size_t total(std::size_t b) const {
    std::size_t sum = 0;
    for (std::size_t t = 0; t < tables; ++t) sum += counts_[t * stride_ + b];
    return sum;
  }

  const BinRule& rule_;
  std::size_t stride_;
  std::vector<std::uint32_t> counts_;
};

}  // namespace

BinRule bin_rule(float min, float max, std::uint32_t bins) {
  const double width = static_cast<double>(max) - static_cast<double>(min);
  const double scale = std::min<double>(static_cast<double>(bins) / width, std::numeric_limits<float>::max());
  return {min, static_cast<float>(scale), bins};
}

std::span<const HistogramKernels> histogram_variants() {
#define KERNEL(isa) {cpu::Isa::isa, histogram_bins_f32_##isa},
  static constexpr HistogramKernels all[] = {
#include "kernels.inc"
  };
#undef KERNEL
  return all;
}

const HistogramKernels& histogram_kernels() {
  static const HistogramKernels& chosen = fastest(histogram_variants());
  return chosen;
}

std::size_t histogram(const Work& work, const float* x, std::size_t n, const BinRule& rule, double* counts) {
  // Integers add up the same in any order, so pieces may depend on the number of threads. A piece stays below
  // 2^32 elements so that no 32-bit count overflows.
  constexpr std::size_t longest = std::size_t{1} << 31;
  const std::size_t wanted = std::max(std::min(work.pool.size(), chunks_of(n)), ceil_div(n, longest));
  const std::size_t pieces = std::max<std::size_t>(wanted, 1), length = ceil_div(n, pieces);
  std::vector<Counter> counters(pieces, Counter(rule));
  work.for_each(pieces, [&](std::size_t p) {
    const std::size_t from = std::min(n, p * length), to = std::min(n, from + length);
    for (std::size_t at = from; at < to && !work.cancelled; at += chunk_size) {
      counters[p].count(x + at, std::min(chunk_size, to - at));
    }
  });
  std::size_t non_finite = 0;
  for (const Counter& counter : counters) non_finite += counter.add_to(counts);
  return non_finite;
}
