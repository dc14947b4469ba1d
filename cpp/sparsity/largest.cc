#include "largest.h"

#include <algorithm>
#include <array>
#include <bit>
#include <limits>
#include <numeric>
#include <vector>

#include "../layout.h"
#include "../threadPool.h"

namespace {

/// A digit has 11 bits: a histogram of them stays near the core.
constexpr int digit_bits = 11;
constexpr std::size_t digits = std::size_t{1} << digit_bits;

using Histogram = std::array<std::uint32_t, digits>;

/// Unsigned integers in the order of the values: the sign turned, of negative values all bits.
inline std::uint32_t key(float value) {
  const std::uint32_t bits = std::bit_cast<std::uint32_t>(value + 0.0f), sign = std::uint32_t{1} << 31;
  return bits & sign ? ~bits : bits | sign;
}

inline std::uint64_t key(double value) {
  const std::uint64_t bits = std::bit_cast<std::uint64_t>(value + 0.0), sign = std::uint64_t{1} << 63;
  return bits & sign ? ~bits : bits | sign;
}

template <class Value>
class Selection {
 public:
  using Key = decltype(key(Value{}));

  Selection(const Work& work, const Value* values, std::size_t count)
      : work_(work), values_(values), count_(count), histograms_(chunks_of(count)) {}

  void keep(std::size_t kept, std::uint8_t* stays) {
    if (kept == 0 || kept == count_) {
      std::fill_n(stays, count_, static_cast<std::uint8_t>(kept > 0));
      return;
    }
    // After the last digit `kept` of the values that equal the threshold stay.
    int shift = std::numeric_limits<Key>::digits;
    for (Key found = 0; shift > 0;) {
      const int bits = std::min(digit_bits, shift);
      shift -= bits;
      count_digits(found, shift, bits);
      found = found << bits | descend(bits, kept);
      threshold_ = found;
    }
    mark(kept, stays);
  }

 private:
  /// Histograms, one a chunk, of the lowest `bits` of key >> shift where the bits above are `found`.
  void count_digits(Key found, int shift, int bits) {
    const Key mask = (Key{1} << bits) - 1;
    for_each_chunk([&](std::size_t chunk, std::size_t first, std::size_t last) {
      Histogram& histogram = histograms_[chunk];
      histogram.fill(0);
      for (std::size_t i = first; i < last; ++i) {
        const Key digit = key(values_[i]) >> shift;
        if (shift + bits >= std::numeric_limits<Key>::digits || digit >> bits == found)
          ++histogram[digit & mask];
      }
    });
  }

  /// The digit that the `kept`-th largest has; `kept` becomes its rank among those of the same digit.
  Key descend(int bits, std::size_t& kept) const {
    for (std::size_t digit = (std::size_t{1} << bits) - 1; digit > 0; --digit) {
      std::size_t here = 0;
      for (const Histogram& histogram : histograms_) here += histogram[digit];
      if (here >= kept) return static_cast<Key>(digit);
      kept -= here;
    }
    return 0;
  }

  void mark(std::size_t ties, std::uint8_t* stays) {
    const Key threshold = threshold_;  // bytes may be anything, so a member would be read again and again
    std::vector<std::size_t> before(histograms_.size() + 1);
    for_each_chunk([&](std::size_t chunk, std::size_t first, std::size_t last) {
      before[chunk + 1] = static_cast<std::size_t>(std::count_if(
          values_ + first, values_ + last, [&](Value value) { return key(value) == threshold; }));
    });
    std::partial_sum(before.begin(), before.end(), before.begin());
    for_each_chunk([&](std::size_t chunk, std::size_t first, std::size_t last) {
      std::size_t seen = before[chunk];
      for (std::size_t i = first; i < last; ++i) {
        const Key own = key(values_[i]);
        stays[i] = own > threshold || (own == threshold && seen++ < ties);
      }
    });
  }

  template <class Body>
  void for_each_chunk(const Body& body) const {
    work_.for_each(histograms_.size(), [&](std::size_t chunk) {
      body(chunk, chunk * chunk_size, std::min(count_, (chunk + 1) * chunk_size));
    });
  }

  const Work& work_;
  const Value* values_;
  std::size_t count_;
  std::vector<Histogram> histograms_;
  Key threshold_ = 0;
};

}  // namespace

void keep_largest(const Work& work, const float* values, std::size_t count, std::size_t kept,
                  std::uint8_t* stays) {
  Selection<float>(work, values, count).keep(kept, stays);
}

void keep_largest(const Work& work, const double* values, std::size_t count, std::size_t kept,
                  std::uint8_t* stays) {
  Selection<double>(work, values, count).keep(kept, stays);
}
