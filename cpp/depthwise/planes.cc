#include "planes.h"

#include <algorithm>

#include "../memory/lines.h"
#include "../taskShares.h"
#include "../threadPool.h"

namespace {

/// Output rows that are worked on at once: as many as a tile holds, with the words between them.
std::size_t rows_at_once(const ConvShape& s) {
  const std::size_t row = s.out_width + (s.kernel_width - 1) * s.dilation_width;
  return std::clamp<std::size_t>(Planes::tile_pixels / row, 1, s.out_height);
}

}  // namespace

/// Where a thread works. The pads of its strip are those of `rows` first … last.
struct Planes::Slot {
  std::uint32_t *tile, *strip;
  std::size_t first = 1, last = 0;
};

Planes::Planes(const ConvShape& s)
    : shape(s), rows_at_once_(rows_at_once(s)), strip_(s, rows_at_once_, true) {}

std::size_t Planes::slot_words() const {
  return tile_rows * tile_step + whole_lines_of_words(strip_.words() + slack);
}

std::size_t Planes::workspace(const ConvShape& shape, std::size_t threads) {
  return Planes(shape).slot_words() * 4 * std::max<std::size_t>(threads, 1);
}

void Planes::piece(std::size_t plane, std::size_t first, std::size_t last, Slot& slot) const {
  if (slot.first != first || slot.last != last) strip_.prepare(pad, slot.strip);
  slot.first = first;
  slot.last = last;
  strip_.copy(conv_kernels(), input(plane), first, last, slot.strip);
  const std::size_t rows = last - first + 1, reach = (rows - 1) * strip_.row() + shape.out_width;
  if (reach <= tile_pixels) {  // the rows lie behind one another: all are summed in one go
    sum(plane, slot.strip, reach, slot.tile);
    return store(plane, {first * shape.out_width, rows, shape.out_width, strip_.row()}, slot.tile);
  }
  for (std::size_t x = 0; x < shape.out_width; x += tile_pixels) {  // one row, longer than a tile
    const std::size_t pixels = std::min(tile_pixels, shape.out_width - x);
    sum(plane, slot.strip + x, pixels, slot.tile);
    store(plane, {first * shape.out_width + x, 1, pixels, 0}, slot.tile);
  }
}

void Planes::run(const Work* work, void* workspace) const {
  if (count == 0 || shape.pixels() == 0) return;
  const std::size_t rows = rows_at_once_, pieces = ceil_div(shape.out_height, rows);
  const bool shared = work && count * shape.pixels() * shape.taps() >= worth_sharing;
  const std::size_t threads = shared ? work->pool.size() : 1, tasks = count * pieces;
  // Tasks are taken in runs, which keeps threads on neighboring memory.
  TaskShares shares(tasks, threads, std::max<std::size_t>(1, tasks / (threads * 8)));
  const auto work_along = [&](std::size_t index) {
    auto* words = static_cast<std::uint32_t*>(workspace) + index * slot_words();
    Slot slot{words, words + tile_rows * tile_step};
    shares.take(work ? &work->cancelled : nullptr, [&](std::size_t t) {
      const std::size_t first = t % pieces * rows;
      piece(t / pieces, first, std::min(first + rows, shape.out_height) - 1, slot);
    });
  };
  if (threads == 1) return work_along(0);
  work->for_each(std::min(threads, tasks), work_along);
}
