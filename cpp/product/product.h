#pragma once
#include <cstddef>
#include <functional>
#include <memory>
#include <span>

#include "../cpu.h"

struct Work;

/// Rows (or columns) of a packed panel: 8 of them side by side for each step of the inner dimension.
inline constexpr std::size_t panel_width = 8;

/// c[i * stride + j] += sum over k < depth of a[k * 8 + i] * b[(j / 8) * depth * 8 + k * 8 + j % 8]
/// for i < 8 and j < 8 * panels. Terms are added to c one by one in the order of k. Variants other than
/// scalar fuse each product with its addition and return the same bits as each other; where the products are
/// exact (float32 values) all variants do. Off by at most (depth + 1) * 2^-53 * (|c| + sum |a * b|) to first
/// order.
using panel_product_f64 = void(const double* a, const double* b, std::size_t depth, std::size_t panels,
                               double* c, std::size_t stride);

struct ProductKernels {
  cpu::Isa isa;
  panel_product_f64* panels;
};

#define KERNEL(isa) panel_product_f64 panel_product_f64_##isa;
#include "kernels.inc"
#undef KERNEL

std::span<const ProductKernels> product_variants();
const ProductKernels& product_kernels();

/// Writes rows 8 * panel … 8 * panel + 7 of a left operand, or those columns of a right one, for the inner
/// indices from … from + depth - 1: to[k * 8 + i]. What lies beyond the matrix is written as 0. Called once a
/// panel and chunk, on any thread; must not throw.
using Pack = std::function<void(std::size_t panel, std::size_t from, std::size_t depth, double* to)>;

/// An operand in memory: element (i, k) is data[i * row + k * step]. `sign` multiplies it.
struct Operand {
  const double* data;
  std::size_t rows, row, step;
  double sign = 1;
  /// Elements with k > i (`lower`) or k < i (`upper`) are taken as 0 whatever stands there.
  enum class Shape { full, lower, upper } shape = Shape::full;

  Pack pack() const;
};

/// Which elements of the result are wanted. Of `lower` those above the diagonal may be changed or left.
enum class Part { full, lower };

/// c[m, n] += a[m, depth] * b[depth, n], rows of c `stride` apart. Without `b` the right operand is the
/// transpose of the left.
struct Product {
  std::size_t m, n, depth;
  Pack a, b;
  double* c;
  std::size_t stride;
  Part part = Part::full;
};

/// Working space of products with up to so many rows and columns. Throws std::bad_alloc.
class ProductSpace {
 public:
  ProductSpace(std::size_t m, std::size_t n);
  double* data() const { return panels_.get(); }

 private:
  std::unique_ptr<double[]> panels_;
};

/// The same bits for any number of threads: each element takes its terms in the order of the inner index.
/// Without `work` everything is done by the calling thread. Does not throw.
void multiply(const Work* work, const Product& product, const ProductSpace& space);
