#include <algorithm>

#include "../memory/lines.h"
#include "conv.h"
#include "strip.h"

namespace {

/// Output rows that a block may touch.
std::size_t out_rows(const ConvShape& shape, const TileSize& size) {
  return (most_filled_panels * size.columns + size.tail) / shape.out_width + 2;
}

struct Filler {
  ConvShape shape;
  Strip strip;
  const std::uint32_t* image;
  std::size_t item_step;
  std::uint32_t pad;
  TileSize size;
  const ConvKernels& kernels;

  std::size_t last_pixel(std::size_t panel) const {
    return panel + 1 < size.right_panels(shape.pixels()) ? (panel + 1) * size.columns : shape.pixels();
  }
  std::size_t width() const { return size.right_width(shape.pixels()); }

  /// Appends the runs of one panel, counted from output row `top` of the strip, and returns how many.
  std::size_t runs_of(std::size_t panel, std::size_t top, WordRun* runs) const {
    std::size_t count = 0;
    const std::size_t from = panel * size.columns, last = last_pixel(panel);
    for (std::size_t p = from; p < last; ++count) {
      const std::size_t x = p % shape.out_width, y = p / shape.out_width;
      const std::size_t length = std::min(shape.out_width - x, last - p);
      runs[count] = {static_cast<std::uint32_t>(strip.pixel(y - top, x)),
                     static_cast<std::uint32_t>(p - from), static_cast<std::uint32_t>(length)};
      p += length;
    }
    return count;
  }

  /// Words of a panel beyond the last pixel are 0: left as they were they might be numbers that compute
  /// slowly.
  void clear_beyond(std::size_t panel, std::uint32_t* to) const {
    const std::size_t inside = last_pixel(panel) - panel * size.columns;
    if (inside >= size.columns) return;
    for (std::size_t k = 0; k < shape.depth(); ++k, to += width()) std::fill(to + inside, to + width(), 0u);
  }

  /// Rows of the image are rows of the panels. Each is copied to all panels at once: long pieces of memory
  /// are fetched ahead.
  void pointwise(std::size_t item, std::size_t panel, std::size_t count, std::uint32_t* to) const {
    const std::size_t plane = shape.height * shape.width, step = padded_depth() * width();
    const std::size_t first = panel * size.columns;
    const std::uint32_t* row = image + item * item_step + first;
    WordRun runs[most_filled_panels];
    for (std::size_t p = 0; p < count; ++p) {
      const std::size_t from = p * size.columns;
      runs[p] = {static_cast<std::uint32_t>(from), static_cast<std::uint32_t>(p * step),
                 static_cast<std::uint32_t>(last_pixel(panel + p) - first - from)};
    }
    constexpr std::size_t no_tap = 0;
    for (std::size_t c = 0; c < shape.channels; ++c, row += plane, to += width())
      kernels.copy(row, &no_tap, 1, runs, count, to, 0);
  }

  std::size_t padded_depth() const { return round_up(shape.depth(), size.depth_step); }

  void operator()(std::size_t item, std::size_t panel, std::size_t count, std::uint32_t* to,
                  void* scratch) const;
};

/// Runs that one panel can have: one a pixel at most.
std::size_t run_bytes(std::size_t panels, const TileSize& size) {
  return whole_lines(panels * (size.columns + size.tail) * sizeof(WordRun));
}

void Filler::operator()(std::size_t item, std::size_t panel, std::size_t count, std::uint32_t* to,
                        void* scratch) const {
  const std::size_t taps = strip.taps().size(), panel_depth = padded_depth();
  const std::size_t top = panel * size.columns / shape.out_width;
  const std::size_t bottom = (last_pixel(panel + count - 1) - 1) / shape.out_width;
  WordRun* runs = static_cast<WordRun*>(scratch);
  std::uint32_t* copied = reinterpret_cast<std::uint32_t*>(static_cast<std::byte*>(scratch) +
                                                           run_bytes(most_filled_panels, size));
  std::size_t counts[most_filled_panels];
  for (std::size_t p = 0; p < count; ++p) counts[p] = runs_of(panel + p, top, runs + p * width());
  const std::size_t plane = shape.height * shape.width;
  for (std::size_t p = 0; p < count; ++p) clear_beyond(panel + p, to + p * panel_depth * width());
  if (strip.in_place() && taps == 1 && shape.out_height == 1) return pointwise(item, panel, count, to);
  if (!strip.in_place()) strip.prepare(pad, copied);
  for (std::size_t c = 0; c < shape.channels; ++c) {
    const std::uint32_t* source = image + item * item_step + c * plane;
    if (strip.in_place()) {
      source += strip.start(top);
    } else {
      strip.copy(kernels, source, top, bottom, copied);
      source = copied;
    }
    for (std::size_t p = 0; p < count; ++p) {
      std::uint32_t* rows = to + (p * panel_depth + c * taps) * width();
      kernels.copy(source, strip.taps().data(), taps, runs + p * width(), counts[p], rows, width());
    }
  }
}

}  // namespace

FillPanels conv_fill(const ConvShape& shape, const void* image, std::size_t item_step, std::uint32_t pad,
                     const TileSize& size, const ConvKernels& kernels) {
  if (shape.pixels() == 0) return [](std::size_t, std::size_t, std::size_t, std::uint32_t*, void*) {};
  const ConvShape flat = flattened(shape);
  return Filler{flat,
                Strip(flat, out_rows(flat, size)),
                static_cast<const std::uint32_t*>(image),
                item_step,
                pad,
                size,
                kernels};
}

std::size_t conv_scratch(const ConvShape& shape, const TileSize& size) {
  if (shape.pixels() == 0) return 0;
  const ConvShape flat = flattened(shape);
  return run_bytes(most_filled_panels, size) + Strip(flat, out_rows(flat, size)).words() * 4;
}
