#include <cstring>
#include <stdexcept>

#include "../registry.h"
#include "movement/col2im.h"
#include "movement/interpolate.h"
#include "movement/stridedCopy.h"
#include "types.h"
#include "window.h"

namespace engine {
namespace {

/// Elements between the least and the greatest position that a side of a copy touches, both included.
void check_reach(const StepReader& reader, const std::vector<CopyAxis>& axes, std::int64_t offset,
                 std::int64_t CopyAxis::*stride, std::size_t elements) {
  double least = static_cast<double>(offset), greatest = least;
  for (const CopyAxis& axis : axes) {
    if (axis.size == 0) return;
    const double reach = static_cast<double>(axis.size - 1) * static_cast<double>(axis.*stride);
    (reach < 0 ? least : greatest) += reach;
  }
  reader.expect(least >= 0 && greatest < static_cast<double>(elements), "a copy inside its values");
}

}  // namespace

/// copy: x -> y; bytes of an element, rank, sizes, strides of x, strides of y, offset in x, offset in y.
/// Elements of y that are not written stay.
Step copy_step(StepReader& reader) {
  const std::size_t element = read_element(reader), rank = reader.size();
  const std::vector<std::size_t> sizes = reader.sizes(rank);
  const std::vector<std::int64_t> from = reader.integers(rank), to = reader.integers(rank);
  const std::int64_t read = reader.integer(), written = reader.integer();
  product_of(sizes);
  std::vector<CopyAxis> axes;
  for (std::size_t a = 0; a < rank; ++a) axes.push_back({sizes[a], from[a], to[a]});
  const std::size_t x = reader.input(0, 0), y = reader.output(0, 0);
  check_reach(reader, axes, read, &CopyAxis::from, reader.input_bytes(0) / element);
  check_reach(reader, axes, written, &CopyAxis::to, reader.output_bytes(0) / element);
  return {[=](const Run& run) {
            const auto bytes = [element](std::int64_t offset) {
              return offset * static_cast<std::int64_t>(element);
            };
            copy_strided(run.work, run.at<const std::byte>(x) + bytes(read), axes, element,
                         run.at<std::byte>(y) + bytes(written));
          },
          0, "scalar"};
}

/// fill: value (one element) -> y; bytes of an element, elements
Step fill_step(StepReader& reader) {
  const std::size_t element = reader.size(), n = reader.size();
  reader.expect(element >= 1 && element <= 8, "elements of at most 8 bytes");
  const std::size_t value = reader.input(0, element), y = reader.output(0, element * n);
  return {
      [=](const Run& run) {
        copy_strided(run.work, run.at<const std::byte>(value), {{n, 0, 1}}, element, run.at<std::byte>(y));
      },
      0, "scalar"};
}

/// interpolate: x, positions (int32), weights -> y; outer, n, inner, out, taps
Step interpolate_step(StepReader& reader) {
  const std::size_t outer = reader.size(), n = reader.size(), inner = reader.size(), out = reader.size(),
                    taps = reader.size();
  product_of({outer, n, inner});
  product_of({outer, out, inner});
  const std::size_t x = reader.input(0, outer * n * inner * 4), positions = reader.input(1, out * taps * 4),
                    weights = reader.input(2, out * taps * 4), y = reader.output(0, outer * out * inner * 4);
  return {[=](const Run& run) {
            const AxisTable table{n, out, taps, run.at<const std::int32_t>(positions),
                                  run.at<const float>(weights)};
            for (std::size_t i = 0; i < out * taps; ++i) {
              if (table.positions[i] < 0 || static_cast<std::size_t>(table.positions[i]) >= n) {
                throw std::out_of_range("A position of Resize lies outside the axis");
              }
            }
            interpolate(run.work, run.at<const float>(x), outer, inner, table, run.at<float>(y));
          },
          0, "scalar"};
}

/// col2im: columns, bias or nothing -> y; channels, window
Step col2im_step(StepReader& reader) {
  const std::size_t channels = reader.size();
  const Window window = read_window(reader);
  const auto& [height, width] = window;
  const std::size_t columns = reader.input(
      0, product_of({channels, height.kernel, width.kernel, height.out, width.out}) * sizeof(float));
  const bool has_bias = reader.input_count() > 1;
  const std::size_t bias = has_bias ? reader.input(1, channels * sizeof(float)) : 0;
  const std::size_t y = reader.output(0, product_of({channels, height.in, width.in}) * sizeof(float));
  return {[=](const Run& run) {
            col2im(run.work, run.at<const float>(columns), channels, window,
                   has_bias ? run.at<const float>(bias) : nullptr, run.at<float>(y));
          },
          0, "scalar"};
}

}  // namespace engine
