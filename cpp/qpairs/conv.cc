#include "conv.h"

#include <algorithm>

#include "../memory/lines.h"
#include "../roundUp.h"
#include "../taskShares.h"
#include "../threadPool.h"

namespace {

/// Multiplications of words below which waking other threads costs more than it saves.
constexpr std::size_t worth_sharing = 128 * 1024;
/// Panels of pixels that stay in the second-level cache while all weights pass by, and weights that stay
/// there while all panels do.
constexpr std::size_t near_panels = 192 * 1024, near_weights = 192 * 1024;
/// Fewer channels read pixels too seldom for panels to be worth their copying, which takes longer where taps
/// do not follow one another. More lose an eighth to a quarter of their time where pixels lie far apart, or
/// across lines.
constexpr std::size_t fewest_copied = 32, fewest_copied_apart = 128;

/// A convolution that copies the pixels of each tile to a panel [depth][columns], cut into blocks of panels
/// and pieces of the weights.
struct Plan {
  const QPairConv& conv;
  const QPairKernels& kernels;
  std::size_t threads, depth, pixels, tiles, block_tiles, blocks, panels, pieces;

  Plan(const QPairConv& c, std::size_t threads_, const QPairKernels& k)
      : conv(c),
        kernels(k),
        threads(threads_),
        depth(c.input.shape.depth()),
        pixels(c.input.shape.pixels()),
        tiles(ceil_div(pixels, k.size.columns)),
        panels(ceil_div(c.m, pair_rows)) {
    const std::size_t most = std::clamp<std::size_t>(near_panels / (4 * tile_words()), 1, most_filled_panels);
    const std::size_t shared = threads > 1 ? std::max<std::size_t>(tiles * c.items / (2 * threads), 1) : most;
    blocks = ceil_div(tiles, std::min(most, shared));
    block_tiles = ceil_div(tiles, blocks);
    blocks = ceil_div(tiles, block_tiles);
    pieces = pieces_for(c.items * blocks, threads, panels);
  }

  std::size_t tile_words() const { return depth * kernels.size.columns; }
  std::size_t tasks() const { return conv.items * blocks * pieces; }
  std::size_t table_bytes() const { return whole_lines(depth * sizeof(std::uint32_t)); }
  std::size_t copied_bytes() const { return block_tiles * tile_words() * sizeof(std::uint32_t); }
  std::size_t slot_bytes() const {
    return copied_bytes() + whole_lines(conv_scratch(conv.input.shape, kernels.size));
  }
};

/// Vectors of pixels in panels that hold those from pixel `first` to `end`.
std::size_t vectors_in(const Plan& p, const std::uint32_t* panels, std::size_t first, std::size_t end,
                       PixelVector* to) {
  const std::size_t lanes = p.kernels.size.lanes, columns = p.kernels.size.columns;
  std::size_t count = 0;
  for (std::size_t pixel = first; pixel < end; pixel += lanes) {
    const std::size_t i = pixel - first, inside = std::min(lanes, end - pixel);
    to[count++] = {panels + i / columns * p.tile_words() + i % columns, static_cast<std::uint32_t>(pixel),
                   (1u << inside) - 1};
  }
  return count;
}

/// What the tasks of a run share.
struct Tasks {
  const Plan& plan;
  const FillPanels& fill;
  const std::uint32_t* table;
  bool small;

  void run(std::size_t task, std::byte* slot) const {
    const QPairConv& conv = plan.conv;
    const std::size_t piece = task % plan.pieces, block = task / plan.pieces % plan.blocks;
    const std::size_t item = task / plan.pieces / plan.blocks, columns = plan.kernels.size.columns;
    const std::size_t tile = block * plan.block_tiles, count = std::min(plan.block_tiles, plan.tiles - tile);
    auto* const copied = reinterpret_cast<std::uint32_t*>(slot);
    fill(item, tile, count, copied, slot + plan.copied_bytes());
    const QPairWeights& weights = conv.weights[item % conv.weights.size()];
    // Lanes are 4 at least.
    PixelVector vectors[most_filled_panels * 4];
    QPlanes job{};
    job.weights = weights.panels();
    job.rows = conv.m;
    job.first_panel = plan.panels * piece / plan.pieces;
    job.last_panel = plan.panels * (piece + 1) / plan.pieces;
    job.table = table;
    job.vectors = vectors;
    job.count =
        vectors_in(plan, copied, tile * columns, std::min((tile + count) * columns, plan.pixels), vectors);
    job.by_vectors = weights.bytes() <= near_weights;
    job.how = requantize_of_item(conv.requantize, item, conv.weights.size(), conv.m, conv.item_step);
    job.how.small = small;
    job.c = conv.c + item * conv.item_step;
    job.stride = plan.pixels * 4;
    plan.kernels.planes.planes(job);
  }
};

/// The same where pixels are read in the image or in copies of its rows.
PlanesConv in_place(const QPairConv& c, std::vector<WeightPanels>& panels) {
  for (const QPairWeights& weights : c.weights) panels.push_back(weights.panels());
  return {c.items, c.m, c.input, panels, c.c, c.item_step, c.requantize};
}

bool copies(const QPairConv& conv) {
  const bool apart = conv.input.shape.taps() > 1 && conv.input.shape.stride_width > 1;
  return conv.m >= (apart ? fewest_copied_apart : fewest_copied);
}

}  // namespace

std::size_t qpair_conv_workspace(const QPairConv& conv, std::size_t threads, const QPairKernels& kernels) {
  if (conv.input.shape.pixels() == 0) return 0;
  if (!copies(conv)) {
    std::vector<WeightPanels> panels;
    return planes_workspace(in_place(conv, panels), threads, kernels.planes);
  }
  // Fewer threads have larger blocks.
  const std::size_t count = std::max<std::size_t>(threads, 1);
  const Plan alone(conv, 1, kernels), shared(conv, count, kernels);
  return alone.table_bytes() + std::max(alone.slot_bytes(), count * shared.slot_bytes());
}

void qpair_conv(const Work* work, const QPairConv& conv, void* workspace, const QPairKernels& kernels) {
  const std::size_t pixels = conv.input.shape.pixels();
  if (conv.items == 0 || conv.m == 0 || pixels == 0) return;
  if (!copies(conv)) {
    std::vector<WeightPanels> panels;
    return planes_conv(work, in_place(conv, panels), workspace, kernels.planes);
  }
  const bool shared = work && conv.items * conv.m * conv.input.shape.depth() * pixels >= worth_sharing;
  const Plan plan(conv, shared ? work->pool.size() : 1, kernels);
  auto* const table = static_cast<std::uint32_t*>(workspace);
  std::byte* const slots = static_cast<std::byte*>(workspace) + plan.table_bytes();
  for (std::size_t k = 0; k < plan.depth; ++k)
    table[k] = static_cast<std::uint32_t>(k * kernels.size.columns);
  const FillPanels fill =
      conv_fill(conv.input.shape, conv.input.image, conv.input.item_step, conv.input.pad, kernels.size);
  const Tasks tasks{plan, fill, table, multipliers_are_small(conv.requantize, conv.weights.size() * conv.m)};
  TaskShares shares(plan.tasks(), plan.threads);
  const auto work_along = [&](std::size_t index) {
    std::byte* const slot = slots + index * plan.slot_bytes();
    shares.take(work ? &work->cancelled : nullptr, [&](std::size_t i) { tasks.run(i, slot); });
  };
  if (plan.threads == 1) return work_along(0);
  work->for_each(std::min(plan.threads, plan.tasks()), work_along);
}
