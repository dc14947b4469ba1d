#include "winograd.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "../gemm/gemm.h"
#include "../select.h"
#include "../threadPool.h"

namespace {

/// Transformed inputs and products of a block of tile rows should stay in the second-level cache.
constexpr std::size_t block_bytes = std::size_t{2} << 20;

/// Kernels may read so many floats beyond a row.
constexpr std::size_t slack = 16;

constexpr std::size_t aligned(std::size_t floats) { return (floats + slack - 1) / slack * slack; }

constexpr std::size_t pieces_up(std::size_t n, std::size_t size) { return (n + size - 1) / size; }

/// How a layer is cut up, and where in the workspace its parts lie, in floats.
struct Plan {
  std::size_t tile, inputs, points;
  std::size_t across, down;  // tiles along each axis
  std::size_t block_rows;    // tile rows at a time
  std::size_t line;          // floats of a padded row of the image
  std::size_t split;         // and of every other or every fourth of them
  std::size_t transformed, products, gemm, scratch, scratch_step, total;

  Plan(const Winograd& w, std::size_t threads) {
    tile = static_cast<std::size_t>(w.tile);
    inputs = winograd_inputs(w.tile);
    points = winograd_points(w.tile);
    across = pieces_up(w.shape.out_width, tile);
    down = pieces_up(w.shape.out_height, tile);
    const std::size_t row_bytes = points * (w.shape.channels + w.outputs) * across * sizeof(float);
    const std::size_t most = std::clamp<std::size_t>(block_bytes / row_bytes, 1, down);
    block_rows = pieces_up(down, pieces_up(down, most));
    line = aligned(across * tile + 2) + slack;
    split = aligned(across + 1) + slack;
    const std::size_t tiles = block_rows * across;
    transformed = 0;
    products = transformed + aligned(points * w.shape.channels * tiles + slack);
    gemm = products + aligned(points * w.outputs * tiles + slack);
    scratch = gemm + aligned(gemm_workspace(product(w, nullptr, tiles), threads) / sizeof(float) + 1);
    scratch_step = aligned(inputs * (3 * line + 4 * split) + tile * (line + tile * slack));
    total = scratch + threads * scratch_step;
  }

  /// All points of a block at once: an item a point.
  Gemm product(const Winograd& w, float* workspace, std::size_t tiles) const {
    const std::size_t channels = w.shape.channels;
    Gemm g{};
    g.items = points;
    g.m = w.outputs;
    g.n = tiles;
    g.depth = channels;
    g.packed = Side::left;
    g.panels = w.panels;
    g.packed_step = gemm_packed_size(Side::left, w.outputs, channels);
    g.packed_items = points;
    g.rows = workspace + transformed;
    g.rows_step = tiles;
    g.rows_item_step = channels * tiles;
    g.rows_are_dense = true;
    g.c = workspace + products;
    g.stride = tiles;
    g.item_step = w.outputs * tiles;
    return g;
  }
};

/// Calls body(first, end, piece) for parts of [0, count), a part a thread.
template <class Body>
void in_pieces(const Work* work, std::size_t count, const Body& body) {
  const std::size_t pieces = work ? std::min(work->pool.size(), count) : 1;
  const auto piece = [&](std::size_t p) { body(count * p / pieces, count * (p + 1) / pieces, p); };
  if (pieces <= 1) return piece(0);
  work->for_each(pieces, piece);
}

class Layer {
 public:
  Layer(const Work* work, const Winograd& w, float* workspace, const WinogradKernels& kernels)
      : work_(work),
        w_(w),
        kernels_(kernels),
        plan_(w, work ? work->pool.size() : 1),
        workspace_(workspace),
        is_four_(w.tile == WinogradTile::four) {}

  void run() {
    for (std::size_t image = 0; image < w_.images; ++image) {
      for (std::size_t first = 0; first < plan_.down; first += plan_.block_rows)
        run_block(image, first, std::min(plan_.down, first + plan_.block_rows));
    }
  }

 private:
  void run_block(std::size_t image, std::size_t first, std::size_t end) {
    const TileRows rows{first, end, plan_.across};
    const std::size_t tiles = (end - first) * plan_.across;
    in_pieces(work_, w_.shape.channels, [&](std::size_t channel, std::size_t last, std::size_t piece) {
      for (; channel < last; ++channel) transform(image, channel, rows, scratch_of(piece));
    });
    gemm(work_, plan_.product(w_, workspace_, tiles), workspace_ + plan_.gemm);
    in_pieces(work_, w_.outputs, [&](std::size_t output, std::size_t last, std::size_t piece) {
      for (; output < last; ++output) store(image, output, rows, scratch_of(piece));
    });
  }

  float* scratch_of(std::size_t piece) const {
    return workspace_ + plan_.scratch + piece * plan_.scratch_step;
  }

  void transform(std::size_t image, std::size_t channel, const TileRows& rows, float* scratch) const {
    const ConvShape& s = w_.shape;
    const std::size_t tiles = (rows.end - rows.first) * rows.across;
    if (kernels_.input_rows) {
      const float* plane = w_.x + (image * s.channels + channel) * s.height * s.width;
      return kernels_.input_rows(w_.tile, s, rows, plane, workspace_ + plan_.transformed + channel * tiles,
                                 s.channels * tiles);
    }
    for (std::size_t row = rows.first; row < rows.end; ++row)
      transform_row(image, channel, row, (row - rows.first) * rows.across, tiles, scratch);
  }

  void store(std::size_t image, std::size_t output, const TileRows& rows, float* scratch) const {
    const ConvShape& s = w_.shape;
    const std::size_t tiles = (rows.end - rows.first) * rows.across;
    if (kernels_.output_rows) {
      const std::size_t plane = (image * w_.outputs + output) * s.pixels();
      const TileEpilogue epilogue{w_.bias ? w_.bias + output : nullptr, nullptr,
                                  w_.residual ? w_.residual + plane : nullptr, s.out_width, w_.activation};
      return kernels_.output_rows(w_.tile, s, rows, workspace_ + plan_.products + output * tiles,
                                  w_.outputs * tiles, epilogue, w_.c + plane);
    }
    for (std::size_t row = rows.first; row < rows.end; ++row)
      store_row(image, output, row, (row - rows.first) * rows.across, tiles, scratch);
  }

  /// Rows of the image with their pads, then a column of the tiles apiece, then the transform.
  void transform_row(std::size_t image, std::size_t channel, std::size_t row, std::size_t at,
                     std::size_t tiles, float* scratch) const {
    const ConvShape& s = w_.shape;
    const float* plane = w_.x + (image * s.channels + channel) * s.height * s.width;
    float* const lines = scratch;
    for (std::size_t i = 0; i < plan_.inputs; ++i) {
      const std::ptrdiff_t y = static_cast<std::ptrdiff_t>(row * plan_.tile + i - s.pad_top);
      copy_line(y >= 0 && y < static_cast<std::ptrdiff_t>(s.height) ? plane + y * s.width : nullptr,
                lines + i * plan_.line);
    }
    const float* columns[6];
    const std::size_t step = split_columns(lines, columns);
    float* to = workspace_ + plan_.transformed + channel * tiles + at;
    (is_four_ ? kernels_.input_four : kernels_.input_two)(columns, step, plan_.across, to,
                                                          s.channels * tiles);
  }

  void copy_line(const float* row, float* to) const {
    const ConvShape& s = w_.shape;
    const std::size_t length = plan_.across * plan_.tile + 2;
    if (!row) return static_cast<void>(std::fill_n(to, length, 0.0f));
    const std::size_t left = std::min(s.pad_left, length), copied = std::min(s.width, length - left);
    std::fill_n(to, left, 0.0f);
    std::memcpy(to + left, row, copied * sizeof(float));
    std::fill_n(to + left + copied, length - left - copied, 0.0f);
  }

  /// Where each column of the tiles begins; neighbors of a column's are those of neighboring tiles.
  /// Returns the distance of a column's rows.
  std::size_t split_columns(float* lines, const float** columns) const {
    const split_word_rows& split = *conv_kernels().split;
    const std::size_t length = plan_.across * plan_.tile + 2;
    const auto halve = [&](const float* from, std::size_t from_step, std::size_t count, float* even,
                           float* odd, std::size_t step) {
      split({reinterpret_cast<const std::uint32_t*>(from), from_step}, plan_.inputs, count,
            reinterpret_cast<std::uint32_t*>(even), reinterpret_cast<std::uint32_t*>(odd), step);
    };
    float* const even = lines + plan_.inputs * plan_.line;
    float* const odd = even + plan_.inputs * plan_.line;
    halve(lines, plan_.line, length, even, odd, plan_.line);
    if (!is_four_) {
      for (std::size_t j = 0; j < 4; ++j) columns[j] = (j % 2 == 0 ? even : odd) + j / 2;
      return plan_.line;
    }
    float* const fourth = odd + plan_.inputs * plan_.line;
    const std::size_t part = plan_.inputs * plan_.split;
    halve(even, plan_.line, length / 2, fourth, fourth + 2 * part, plan_.split);
    halve(odd, plan_.line, length / 2, fourth + part, fourth + 3 * part, plan_.split);
    for (std::size_t j = 0; j < 6; ++j) columns[j] = fourth + j % 4 * part + j / 4;
    return plan_.split;
  }

  void store_row(std::size_t image, std::size_t output, std::size_t row, std::size_t at, std::size_t tiles,
                 float* scratch) const {
    const ConvShape& s = w_.shape;
    const float* from = workspace_ + plan_.products + output * tiles + at;
    (is_four_ ? kernels_.output_four : kernels_.output_two)(from, w_.outputs * tiles, plan_.across, scratch,
                                                            plan_.line);
    const std::size_t y = row * plan_.tile, rows = std::min(plan_.tile, s.out_height - y);
    const float bias = w_.bias ? w_.bias[output] : 0.0f;
    const float row_bias[4] = {bias, bias, bias, bias};
    const GemmKernels& finish = gemm_kernels();
    const std::size_t start = ((image * w_.outputs + output) * s.out_height + y) * s.out_width;
    for (std::size_t x = 0; x < s.out_width; x += finish.size.columns) {
      const std::size_t columns = std::min(finish.size.columns, s.out_width - x);
      const TileEpilogue epilogue{row_bias, nullptr, w_.residual ? w_.residual + start + x : nullptr,
                                  s.out_width, w_.activation};
      finish.store(scratch + x, plan_.line, rows, columns, epilogue, w_.c + start + x, s.out_width);
    }
  }

  const Work* work_;
  const Winograd& w_;
  const WinogradKernels& kernels_;
  const Plan plan_;
  float* workspace_;
  bool is_four_;
};

}  // namespace

std::span<const WinogradKernels> winograd_variants() {
#define KERNEL(isa, input_rows, output_rows) \
  {cpu::Isa::isa,                            \
   winograd_input_two_##isa,                 \
   winograd_input_four_##isa,                \
   winograd_output_two_##isa,                \
   winograd_output_four_##isa,               \
   input_rows,                               \
   output_rows},
  static constexpr WinogradKernels all[] = {
#include "kernels.inc"
  };
#undef KERNEL
  return all;
}

const WinogradKernels& winograd_kernels() {
  static const WinogradKernels& chosen = fastest(winograd_variants());
  return chosen;
}

bool is_winograd(const ConvShape& s) {
  return s.kernel_height == 3 && s.kernel_width == 3 && s.stride_height == 1 && s.stride_width == 1 &&
         s.dilation_height == 1 && s.dilation_width == 1;
}

std::size_t winograd_workspace(const Winograd& layer, std::size_t threads) {
  return layer.shape.pixels() == 0 ? 0 : Plan(layer, threads).total * sizeof(float);
}

void winograd(const Work* work, const Winograd& layer, void* workspace, const WinogradKernels& kernels) {
  if (layer.images == 0 || layer.outputs == 0 || layer.shape.pixels() == 0) return;
  Layer(work, layer, static_cast<float*>(workspace), kernels).run();
}
