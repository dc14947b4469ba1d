#include "rotations.h"

#include <algorithm>

#include "../product/product.h"
#include "../roundUp.h"
#include "../threadPool.h"
#include "vectors.h"

namespace {

/// Rotations of each sweep that one window takes.
constexpr std::size_t stride = 48;
/// Columns that one task takes.
constexpr std::size_t slice_columns = 192;

/// Rotations k of sweeps s with start <= k + s < start + stride. Rotation k of sweep s must come after k + 1
/// of sweep s - 1 and k - 1 of its own: both have no larger k + s, so windows one after the other and within
/// each sweep after sweep keep the order.
struct Window {
  std::size_t start, first, rows;
  Doubles matrix;

  Window(std::size_t from, std::size_t sweeps, std::size_t n)
      : start(from),
        first(from >= sweeps ? from + 1 - sweeps : 0),
        rows(std::min(n, from + stride + 1) - first) {}

  std::size_t begin(const RotationSweep& sweep, std::size_t s) const {
    return std::max(sweep.first, start > s ? start - s : 0);
  }

  std::size_t end(const RotationSweep& sweep, std::size_t s) const {
    return std::min(sweep.last, start + stride > s ? start + stride - s : 0);
  }

  bool holds_any(const std::vector<RotationSweep>& sweeps) const {
    for (std::size_t s = 0; s < sweeps.size(); ++s) {
      if (begin(sweeps[s], s) < end(sweeps[s], s)) return true;
    }
    return false;
  }

  void multiply_out(const std::vector<RotationSweep>& sweeps) {
    std::fill_n(matrix.get(), rows * rows, 0.0);
    for (std::size_t i = 0; i < rows; ++i) matrix[i * rows + i] = 1;
    for (std::size_t s = 0; s < sweeps.size(); ++s) {
      for (std::size_t k = begin(sweeps[s], s), last = end(sweeps[s], s); k < last; ++k) {
        rotate_row(k - first, sweeps[s].rotations[k - sweeps[s].first]);
      }
    }
  }

 private:
  void rotate_row(std::size_t k, const Rotation& rotation) {
    const auto [c, s] = rotation;
    double *a = matrix.get() + k * rows, *b = a + rows;
    for (std::size_t i = 0; i < rows; ++i) {
      const double x = a[i], y = b[i];
      a[i] = c * x + s * y;
      b[i] = c * y - s * x;
    }
  }
};

std::vector<Window> windows_of(const std::vector<RotationSweep>& sweeps, std::size_t n) {
  std::vector<Window> windows;
  for (std::size_t start = 0; start + 1 < n + sweeps.size(); start += stride) {
    Window window(start, sweeps.size(), n);
    if (!window.holds_any(sweeps)) continue;
    window.matrix = doubles(window.rows * window.rows);
    windows.push_back(std::move(window));
  }
  return windows;
}

/// What a thread needs to apply windows to columns of x.
struct Slice {
  ProductSpace space;
  Doubles rotated;

  explicit Slice(std::size_t rows) : space(rows, slice_columns), rotated(doubles(rows * slice_columns)) {}

  void rotate(const Window& window, double* x, std::size_t columns, std::size_t n) {
    const std::size_t rows = window.rows;
    double* own = x + window.first * n;
    std::fill_n(rotated.get(), rows * columns, 0.0);
    const Operand left{window.matrix.get(), rows, rows, 1}, right{own, columns, 1, n};
    multiply(nullptr, {rows, columns, rows, left.pack(), right.pack(), rotated.get(), columns}, space);
    for (std::size_t i = 0; i < rows; ++i) std::copy_n(rotated.get() + i * columns, columns, own + i * n);
  }
};

}  // namespace

void rotate(const Work& work, const std::vector<RotationSweep>& sweeps, double* x, std::size_t n) {
  if (sweeps.empty()) return;
  std::vector<Window> windows = windows_of(sweeps, n);
  work.for_each(windows.size(), [&](std::size_t i) { windows[i].multiply_out(sweeps); });
  const std::size_t slices = ceil_div(n, slice_columns), workers = std::min(slices, work.pool.size());
  std::vector<Slice> spaces;
  for (std::size_t w = 0; w < workers; ++w) spaces.emplace_back(sweeps.size() + stride);
  work.for_each(workers, [&](std::size_t w) {
    for (std::size_t slice = w; slice < slices; slice += workers) {
      const std::size_t from = slice * slice_columns, columns = std::min(slice_columns, n - from);
      for (const Window& window : windows) spaces[w].rotate(window, x + from, columns, n);
    }
  });
}
