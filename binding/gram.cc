#include "gram/gram.h"

#include <algorithm>
#include <limits>

#include "arguments.h"
#include "functions.h"
#include "gram/norms.h"

namespace {

constexpr std::size_t geometry_fields = 15;

/// The numbers of a geometry, each at least 1 but for the batch, the sizes and the pads.
PatchGeometry geometry_of(Arguments& arguments, const Span<std::int32_t>& given) {
  PatchGeometry g = {};
  std::size_t* fields[geometry_fields] = {
      &g.batch,      &g.channels,   &g.height,   &g.width,      &g.kernel_y,
      &g.kernel_x,   &g.stride_y,   &g.stride_x, &g.pad_top,    &g.pad_left,
      &g.dilation_y, &g.dilation_x, &g.group,    &g.out_height, &g.out_width,
  };
  if (given.size != geometry_fields) return g;
  for (std::size_t i = 0; i < geometry_fields; ++i) {
    const bool may_be_zero = i < 4 || i == 8 || i == 9 || i >= 13;
    arguments.expect(given.data[i] >= (may_be_zero ? 0 : 1), "sizes that make sense", "geometry",
                     std::to_string(given.data[i]));
    *fields[i] = static_cast<std::size_t>(std::max(given.data[i], may_be_zero ? 0 : 1));
  }
  return g;
}

}  // namespace

/// gramAccumulate(x, geometry, positions, sums, gram)
Napi::Value gram_accumulate(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const Span<float> x = arguments.array<float>(0, "x");
  const PatchGeometry geometry =
      geometry_of(arguments, arguments.array<std::int32_t>(1, "geometry", geometry_fields));
  const Span<std::int32_t> positions = arguments.array<std::int32_t>(2, "positions");
  arguments.expect(geometry.elements() == x.size, "as many elements as the geometry has", "x",
                   std::to_string(x.size));
  const std::size_t limit = geometry.positions();
  arguments.expect(std::all_of(positions.data, positions.data + positions.size,
                               [=](std::int32_t p) { return p >= 0 && static_cast<std::size_t>(p) < limit; }),
                   "positions within the output", "positions", "others");
  const std::size_t n = geometry.group > 0 ? geometry.features() : 0;
  const Span<double> sums = arguments.array<double>(3, "sums", geometry.group * n);
  const Span<double> gram = arguments.array<double>(4, "gram", geometry.group * n * n);
  return arguments.start([=](const Work& work) {
    gram_accumulate(work, x.data, geometry, positions.data, positions.size, sums.data, gram.data);
  });
}

/// gramNorms(x, rows, columns, gram, norms)
Napi::Value gram_norms(const Napi::CallbackInfo& info) {
  constexpr std::int32_t most = std::numeric_limits<std::int32_t>::max();
  Arguments arguments(info);
  const std::size_t rows = static_cast<std::size_t>(arguments.integer(1, "rows", 0, most));
  const std::size_t columns = static_cast<std::size_t>(arguments.integer(2, "columns", 0, most));
  const Span<float> x = arguments.array<float>(0, "x", rows * columns);
  const Span<double> gram = arguments.array<double>(3, "gram", columns * columns);
  const Span<double> norms = arguments.array<double>(4, "norms", rows);
  return arguments.start(
      [=](const Work& work) { gram_norms(work, x.data, rows, columns, gram.data, norms.data); });
}
