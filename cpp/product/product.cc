#include "product.h"

#include <algorithm>

#include "../roundUp.h"
#include "../select.h"
#include "../threadPool.h"

namespace {

/// A panel of this depth takes 16 KiB: one of the left operand and three of the right lie near the core.
constexpr std::size_t chunk_depth = 256;
/// What one task computes of the result, in panels. The strip is what the fastest kernel takes at a time.
constexpr std::size_t strip = 3, block_rows = 8, block_columns = 8 * strip;
/// Multiplications below which waking other threads costs more than it saves.
constexpr std::size_t worth_sharing = 256 * 1024;

std::size_t panels_of(std::size_t n) { return ceil_div(n, panel_width); }

/// One chunk of the inner dimension, packed.
struct Chunk {
  const Product& product;
  std::size_t depth;
  const double *a, *b;

  const double* panel(const double* packed, std::size_t index) const {
    return packed + index * depth * panel_width;
  }
};

/// Tiles that reach beyond the result are computed on the side.
void edge_tile(const Chunk& chunk, std::size_t row, std::size_t column, std::size_t count) {
  const Product& p = chunk.product;
  constexpr std::size_t width = strip * panel_width;
  double tile[panel_width * width] = {};
  double* c = p.c + row * panel_width * p.stride + column * panel_width;
  const std::size_t rows = std::min(panel_width, p.m - row * panel_width);
  const std::size_t columns = std::min(count * panel_width, p.n - column * panel_width);
  for (std::size_t i = 0; i < rows; ++i) std::copy_n(c + i * p.stride, columns, tile + i * width);
  product_kernels().panels(chunk.panel(chunk.a, row), chunk.panel(chunk.b, column), chunk.depth, count, tile,
                           width);
  for (std::size_t i = 0; i < rows; ++i) std::copy_n(tile + i * width, columns, c + i * p.stride);
}

void tile(const Chunk& chunk, std::size_t row, std::size_t column, std::size_t count) {
  const Product& p = chunk.product;
  if (p.part == Part::lower && column > row) return;
  if ((row + 1) * panel_width > p.m || (column + count) * panel_width > p.n) {
    return edge_tile(chunk, row, column, count);
  }
  product_kernels().panels(chunk.panel(chunk.a, row), chunk.panel(chunk.b, column), chunk.depth, count,
                           p.c + row * panel_width * p.stride + column * panel_width, p.stride);
}

void block(const Chunk& chunk, std::size_t block_row, std::size_t block_column) {
  const std::size_t rows = panels_of(chunk.product.m), columns = panels_of(chunk.product.n);
  const std::size_t last_row = std::min(rows, (block_row + 1) * block_rows);
  const std::size_t last_column = std::min(columns, (block_column + 1) * block_columns);
  for (std::size_t column = block_column * block_columns; column < last_column; column += strip) {
    const std::size_t count = std::min(strip, last_column - column);
    for (std::size_t row = block_row * block_rows; row < last_row; ++row) tile(chunk, row, column, count);
  }
}

}  // namespace

std::span<const ProductKernels> product_variants() {
#define KERNEL(isa) {cpu::Isa::isa, panel_product_f64_##isa},
  static constexpr ProductKernels all[] = {
#include "kernels.inc"
  };
#undef KERNEL
  return all;
}

const ProductKernels& product_kernels() {
  static const ProductKernels& chosen = fastest(product_variants());
  return chosen;
}

Pack Operand::pack() const {
  return [operand = *this](std::size_t panel, std::size_t from, std::size_t depth, double* to) {
    const Operand& o = operand;
    const std::size_t first = panel * panel_width;
    const double* source = o.data + first * o.row + from * o.step;
    if (o.shape == Shape::full && first + panel_width <= o.rows) {  // nothing to leave out
      for (std::size_t k = 0; k < depth; ++k, source += o.step) {
        for (std::size_t i = 0; i < panel_width; ++i) *to++ = o.sign * source[i * o.row];
      }
      return;
    }
    for (std::size_t k = 0; k < depth; ++k, source += o.step) {
      for (std::size_t i = 0; i < panel_width; ++i) {
        const std::size_t row = first + i;
        const bool outside = row >= o.rows || (o.shape == Shape::lower && from + k > row) ||
                             (o.shape == Shape::upper && from + k < row);
        *to++ = outside ? 0.0 : o.sign * source[i * o.row];
      }
    }
  };
}

ProductSpace::ProductSpace(std::size_t m, std::size_t n)
    : panels_(std::make_unique_for_overwrite<double[]>((panels_of(m) + panels_of(n)) * panel_width *
                                                       chunk_depth)) {}

void multiply(const Work* work, const Product& p, const ProductSpace& space) {
  const std::size_t rows = panels_of(p.m), columns = panels_of(p.n);
  const std::size_t down = ceil_div(rows, block_rows);
  const std::size_t across = ceil_div(columns, block_columns);
  for (std::size_t from = 0; from < p.depth; from += chunk_depth) {
    const std::size_t depth = std::min(chunk_depth, p.depth - from), size = depth * panel_width;
    double *a = space.data(), *b = p.b ? a + rows * size : a;
    const auto for_each = [&](std::size_t count, const std::function<void(std::size_t)>& body) {
      if (work && p.m * p.n * depth >= worth_sharing) return work->for_each(count, body);
      for (std::size_t i = 0; i < count; ++i) body(i);
    };
    for_each(rows + (p.b ? columns : 0), [&](std::size_t i) {
      if (i < rows) {
        p.a(i, from, depth, a + i * size);
      } else {
        p.b(i - rows, from, depth, b + (i - rows) * size);
      }
    });
    const Chunk chunk{p, depth, a, b};
    for_each(down * across, [&](std::size_t t) { block(chunk, t / across, t % across); });
  }
}
