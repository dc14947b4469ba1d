#pragma once
#include <algorithm>
#include <vector>

#include "layout.h"
#include "threadPool.h"

/// Rows `first_row` … of a matrix of `columns()` columns, cut to `columns` of them.
struct ColumnTile {
  std::size_t first, rows, first_column, columns;
};

inline constexpr std::size_t widest_tile = 1024;

/// Reduces a tensor to one `Partial` a channel, in pieces whose borders depend on the layout alone.
/// `run(first, n, channel)` reduces n elements of one channel from element `first` on;
/// `tile(tile, partials)` reduces a tile to one partial a column (at most `widest_tile` columns);
/// `merge(into, partial)` adds one partial to another. Baseline files only.
template <class Partial, class Run, class Tile, class Merge>
class ChannelReduction {
 public:
  ChannelReduction(const Work& work, const Layout& layout, Partial zero, Run run, Tile tile, Merge merge)
      : work_(work), layout_(layout), zero_(zero), run_(run), tile_(tile), merge_(merge) {}

  std::vector<Partial> operator()() const {
    if (layout_.size() == 0) return std::vector<Partial>(layout_.channels, zero_);
    return layout_.has_short_runs() ? by_columns() : by_runs();
  }

 private:
  std::vector<Partial> by_runs() const {
    const std::size_t pieces = chunks_of(layout_.inner), rows = layout_.outer * layout_.channels;
    std::vector<Partial> partials(rows * pieces, zero_);
    const std::size_t group = std::max<std::size_t>(1, chunk_size / layout_.inner);
    work_.for_each((partials.size() + group - 1) / group, [&](std::size_t g) {
      for (std::size_t k = g * group; k < std::min(partials.size(), (g + 1) * group); ++k) {
        const std::size_t row = k / pieces, at = (k % pieces) * chunk_size;
        partials[k] =
            run_(row * layout_.inner + at, std::min(chunk_size, layout_.inner - at), row % layout_.channels);
      }
    });
    std::vector<Partial> totals(layout_.channels, zero_);
    for (std::size_t k = 0; k < partials.size(); ++k)
      merge_(totals[(k / pieces) % layout_.channels], partials[k]);
    return totals;
  }

  std::vector<Partial> by_columns() const {
    const std::size_t columns = layout_.columns(), width = std::min(columns, widest_tile);
    const std::size_t height = (chunk_size + width - 1) / width;
    const std::size_t across = (columns + width - 1) / width, down = (layout_.outer + height - 1) / height;
    std::vector<Partial> partials(down * columns, zero_);
    work_.for_each(down * across, [&](std::size_t t) {
      const std::size_t row = (t / across) * height, column = (t % across) * width;
      const ColumnTile tile{row * columns + column, std::min(height, layout_.outer - row), column,
                            std::min(width, columns - column)};
      tile_(tile, partials.data() + (t / across) * columns + column);
    });
    std::vector<Partial> totals(layout_.channels, zero_);
    for (std::size_t k = 0; k < partials.size(); ++k)
      merge_(totals[(k % columns) / layout_.inner], partials[k]);
    return totals;
  }

  const Work& work_;
  const Layout& layout_;
  Partial zero_;
  Run run_;
  Tile tile_;
  Merge merge_;
};
