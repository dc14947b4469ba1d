#pragma once
#include <cstddef>
#include <vector>

#include "roundUp.h"

/// A tensor seen around one axis: element (o, c, i) stands at ((o * channels) + c) * inner + i.
struct Layout {
  std::size_t outer, channels, inner;

  std::size_t size() const { return outer * channels * inner; }

  /// Runs of one channel are too short to vectorize along: channels and inner are taken as one axis of
  /// `channels * inner` columns, whose results are folded per channel afterwards.
  bool has_short_runs() const { return inner < 16; }

  std::size_t columns() const { return channels * inner; }
};

/// Work is cut at multiples of this many elements whatever the number of threads, and partial sums are added
/// in the order of the pieces: the same input gives the same bits on one thread and on sixty-four.
inline constexpr std::size_t chunk_size = 64 * 1024;

inline constexpr std::size_t chunks_of(std::size_t n) { return ceil_div(n, chunk_size); }

/// One value a column from one value a channel.
template <class T>
std::vector<T> per_column(const T* per_channel, const Layout& layout) {
  std::vector<T> columns(layout.columns());
  for (std::size_t k = 0; k < columns.size(); ++k) columns[k] = per_channel[k / layout.inner];
  return columns;
}
