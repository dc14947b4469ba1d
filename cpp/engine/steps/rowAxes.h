#pragma once
#include "../stepReader.h"
#include "normalization/normalization.h"

namespace engine {

/// Number of axes, their sizes, and how far apart rows are along each.
inline RowAxes read_row_axes(StepReader& reader) {
  const std::size_t rank = reader.size();
  reader.expect(rank <= 16, "at most 16 axes");
  RowAxes axes{reader.sizes(rank), reader.sizes(rank)};
  product_of(axes.sizes);
  return axes;
}

inline std::size_t rows_of(const RowAxes& axes) { return product_of(axes.sizes); }

/// Elements from the first row's first to the last row's last, of `n` each.
inline std::size_t span_of(const RowAxes& axes, std::size_t n) {
  if (rows_of(axes) == 0) return 0;
  std::size_t span = n;
  for (std::size_t i = 0; i < axes.sizes.size(); ++i)
    span = product_of({span + product_of({axes.sizes[i] - 1, axes.strides[i]})});
  return span;
}

}  // namespace engine
