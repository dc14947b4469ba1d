#include "norms.h"

#include <algorithm>
#include <memory>

#include "../product/product.h"
#include "../threadPool.h"

namespace {

/// Columns of the matrix, and rows of x, that are worked on together.
constexpr std::size_t block_columns = 256, slab_rows = 256;

/// Rows of floats as the left operand.
Pack rows_of(const float* x, std::size_t rows, std::size_t stride, std::size_t first) {
  return [=](std::size_t panel, std::size_t from, std::size_t depth, double* to) {
    for (std::size_t i = 0; i < panel_width; ++i) {
      const std::size_t row = panel * panel_width + i;
      const float* source = x + row * stride + first + from;
      for (std::size_t k = 0; k < depth; ++k) {
        to[k * panel_width + i] = row < rows ? static_cast<double>(source[k]) : 0.0;
      }
    }
  };
}

/// With L the lower triangle, x * gram * transpose(x) = 2 * x * L * transpose(x) - x * diagonal *
/// transpose(x), which halves the products.
class Norms {
 public:
  Norms(const Work& work, std::size_t rows, std::size_t columns, const double* gram)
      : work_(work),
        columns_(columns),
        gram_(gram),
        products_(std::make_unique_for_overwrite<double[]>(std::min(rows, slab_rows) * block_columns)),
        space_(std::min(rows, slab_rows), block_columns) {}

  void slab(const float* x, std::size_t rows, double* norms) {
    std::fill_n(norms, rows, 0.0);
    for (std::size_t begin = 0; begin < columns_; begin += block_columns) {
      const std::size_t count = std::min(block_columns, columns_ - begin);
      multiply_block(x, rows, begin, count);
      for (std::size_t r = 0; r < rows; ++r) {
        norms[r] += sum(x + r * columns_ + begin, products_.get() + r * block_columns, begin, count);
      }
    }
  }

 private:
  /// products[r, i] = sum over j <= begin + i of x[r, j] * gram[begin + i, j]
  void multiply_block(const float* x, std::size_t rows, std::size_t begin, std::size_t count) {
    std::fill_n(products_.get(), rows * block_columns, 0.0);
    const Operand left{gram_ + begin * columns_, count, columns_, 1};
    const Operand triangle{left.data + begin, count, columns_, 1, 1, Operand::Shape::lower};
    const auto add = [&](std::size_t first, std::size_t depth, const Operand& gram) {
      multiply(&work_,
               {rows, count, depth, rows_of(x, rows, columns_, first), gram.pack(), products_.get(),
                block_columns},
               space_);
    };
    add(0, begin, left);
    add(begin, count, triangle);
  }

  double sum(const float* x, const double* products, std::size_t begin, std::size_t count) const {
    double sum = 0;
    for (std::size_t i = 0; i < count; ++i) {
      const double value = static_cast<double>(x[i]);
      sum += value * (2 * products[i] - value * gram_[(begin + i) * (columns_ + 1)]);
    }
    return sum;
  }

  const Work& work_;
  std::size_t columns_;
  const double* gram_;
  std::unique_ptr<double[]> products_;
  ProductSpace space_;
};

}  // namespace

void gram_norms(const Work& work, const float* x, std::size_t rows, std::size_t columns, const double* gram,
                double* norms) {
  if (rows == 0) return;
  Norms all(work, rows, columns, gram);
  for (std::size_t first = 0; first < rows; first += slab_rows) {
    all.slab(x + first * columns, std::min(slab_rows, rows - first), norms + first);
  }
}
