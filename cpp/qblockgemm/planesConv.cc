#include "planesConv.h"

#include <algorithm>

#include "../memory/lines.h"
#include "../panels/panels.h"
#include "../taskShares.h"
#include "../threadPool.h"
#include "pixelBlocks.h"

namespace {

/// Multiplications of words below which waking other threads costs more than it saves.
constexpr std::size_t worth_sharing = 128 * 1024;
/// Bytes of a group of vectors that stay in the first-level cache while all weights pass by, and of weights
/// that may: more of them come from so far that each panel should be read once.
constexpr std::size_t near_pixels = 32 * 1024, near_weights = 100 * 1024;

/// Where a thread works.
struct Slot {
  PixelVector* vectors;
  std::uint32_t* copied;

  static std::size_t vector_words(const PixelBlocks& b) {
    return whole_lines_of_words(b.most_vectors() * sizeof(PixelVector) / 4);
  }
  static std::size_t words(const PixelBlocks& b) {
    return vector_words(b) + whole_lines_of_words(b.copied_words());
  }

  Slot(const PixelBlocks& b, std::uint32_t* at)
      : vectors(reinterpret_cast<PixelVector*>(at)), copied(at + vector_words(b)) {}
};

PixelBlocks blocks_of(const PlanesConv& conv, const QBlockKernel& kernel) {
  return {conv.input, kernel, conv.weights[0].indices == nullptr};
}

/// A convolution with its tables.
struct Plan {
  const PlanesConv& conv;
  const QBlockKernel& kernel;
  const PixelBlocks& blocks;
  const std::uint32_t *table, *all_indices;
  bool small;
  std::size_t panels, pieces;

  std::size_t tasks() const { return conv.items * blocks.count() * pieces; }
  void run(std::size_t task, const Slot& slot) const;
  bool by_vectors() const {
    return kernel.size.columns * conv.input.shape.depth() * 4 <= near_pixels &&
           conv.weights[0].start(panels) * kernel.size.left_width() * 4 <= near_weights;
  }
};

void Plan::run(std::size_t task, const Slot& slot) const {
  const std::size_t piece = task % pieces, block = task / pieces % blocks.count();
  const std::size_t item = task / pieces / blocks.count();
  QPlanes job{};
  job.weights = conv.weights[item % conv.weights.size()];
  if (!job.weights.indices) job.weights.indices = all_indices;
  job.rows = conv.m;
  job.first_panel = panels * piece / pieces, job.last_panel = panels * (piece + 1) / pieces;
  job.table = table;
  job.vectors = slot.vectors;
  const PixelVectors made = blocks.vectors(item, block, slot.copied, slot.vectors);
  job.count = made.count;
  job.lone = made.lone;
  job.by_vectors = by_vectors();
  job.how = requantize_of_item(conv.requantize, item, conv.weights.size(), conv.m, conv.item_step);
  job.how.small = small;
  job.c = conv.c + item * conv.item_step;
  job.stride = conv.input.shape.pixels() * 4;
  kernel.planes(job);
}

}  // namespace

Requantize requantize_of_item(const Requantize& all, std::size_t item, std::size_t groups, std::size_t m,
                              std::size_t item_step) {
  Requantize how = all;
  const std::size_t channel = item % groups * m;
  if (how.bias) how.bias += channel;
  how.multiplier += channel;
  if (how.other) how.other += item * item_step;
  return how;
}

const QBlockKernel* dense_planes_kernel(const QGemmKernels& dense) {
  if (dense.size.left_words > 1) return nullptr;
  for (const QBlockGemmKernels& kernels : qblockgemm_variants()) {
    if (kernels.isa == dense.isa) return qblock_kernel(dense.size.rows, kernels);
  }
  return nullptr;
}

std::size_t planes_workspace(const PlanesConv& conv, std::size_t threads, const QBlockKernel& kernel) {
  const std::size_t depth = conv.input.shape.depth();
  if (conv.input.shape.pixels() == 0) return 0;
  const PixelBlocks blocks = blocks_of(conv, kernel);
  return (2 * whole_lines_of_words(depth) + Slot::words(blocks) * std::max<std::size_t>(threads, 1)) * 4;
}

void planes_conv(const Work* work, const PlanesConv& conv, void* workspace, const QBlockKernel& kernel) {
  const std::size_t depth = conv.input.shape.depth(), pixels = conv.input.shape.pixels();
  if (conv.items == 0 || conv.m == 0 || pixels == 0) return;
  const PixelBlocks blocks = blocks_of(conv, kernel);
  auto* table = static_cast<std::uint32_t*>(workspace);
  std::uint32_t *indices = table + whole_lines_of_words(depth),
                *slots = indices + whole_lines_of_words(depth);
  blocks.fill_table(table);
  for (std::size_t k = 0; k < depth; ++k) indices[k] = static_cast<std::uint32_t>(k);
  const std::size_t panels = ceil_div(conv.m, kernel.size.rows);
  const std::size_t words = conv.weights[0].start(panels) * kernel.size.rows;
  const bool shared = work && conv.items * words * pixels >= worth_sharing;
  const std::size_t threads = shared ? work->pool.size() : 1;
  const Plan plan{conv,    kernel,
                  blocks,  table,
                  indices, multipliers_are_small(conv.requantize, conv.weights.size() * conv.m),
                  panels,  pieces_for(conv.items * blocks.count(), threads, panels)};
  TaskShares shares(plan.tasks(), threads);
  const auto work_along = [&](std::size_t index) {
    const Slot slot(blocks, slots + index * Slot::words(blocks));
    shares.take(work ? &work->cancelled : nullptr, [&](std::size_t i) { plan.run(i, slot); });
  };
  if (threads == 1) return work_along(0);
  work->for_each(std::min(threads, plan.tasks()), work_along);
}
