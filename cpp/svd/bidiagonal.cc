#include "bidiagonal.h"

#include <algorithm>

#include "../roundUp.h"
#include "../threadPool.h"
#include "vectors.h"

namespace {

/// Columns and rows that are reduced before the rest of the matrix sees them.
constexpr std::size_t block = 32;
/// What one task takes, and when it is worth one.
constexpr std::size_t task_rows = 32, task_columns = 256, worth_sharing = 64 * 1024;

/// At `from` columns of A are reduced. Within a panel A itself stays as it was:
///     A - V * transpose(Y) - X * U
/// is what it should be, V the reflections of columns, U those of rows.
class Panel {
 public:
  Panel(const Work& work, double* a, Bidiagonal& b)
      : work_(work),
        a_(a),
        b_(b),
        n_(b.n),
        v_(doubles(n_ * block)),
        x_(doubles(n_ * block)),
        y_(doubles(n_ * block)),
        column_(doubles(n_)),
        space_(n_, n_) {}

  void reduce(std::size_t from, std::size_t count) {
    from_ = from;
    for (std::size_t l = 0; l < count; ++l) {
      reduce_column(l);
      if (from + l + 1 < n_) reduce_row(l);
    }
    update(from + count, count);
  }

 private:
  double* row(std::size_t i) const { return a_ + i * n_; }
  const double* u(std::size_t l) const { return row(from_ + l); }

  void reduce_column(std::size_t l) {
    const std::size_t i = from_ + l;
    for (std::size_t r = i; r < n_; ++r) {
      double sum = dot(v_.get() + r * block, y_.get() + i * block, l);
      for (std::size_t q = 0; q < l; ++q) sum += x_[r * block + q] * u(q)[i];
      column_[r] = row(r)[i] - sum;
    }
    b_.diagonal[i] = reflect(column_.get() + i, n_ - i, &b_.left_tau[i]);
    for (std::size_t r = i; r < n_; ++r) v_[r * block + l] = row(r)[i] = column_[r];
    if (i + 1 < n_) project_columns(l);
  }

  /// y = tau * transpose(A - V * transpose(Y) - X * U) * v
  void project_columns(std::size_t l) {
    const std::size_t i = from_ + l;
    double on_v[block] = {}, on_x[block] = {};
    for (std::size_t r = i; r < n_; ++r) {
      add(on_v, column_[r], v_.get() + r * block, l);
      add(on_x, column_[r], x_.get() + r * block, l);
    }
    const std::size_t width = n_ - i - 1;
    share(ceil_div(width, task_columns), width, [&](std::size_t t) {
      const std::size_t first = i + 1 + t * task_columns, count = std::min(task_columns, n_ - first);
      double sums[task_columns] = {};
      add_rows(sums, column_.get() + i, row(i) + first, n_ - i, n_, count);
      for (std::size_t q = 0; q < l; ++q) add(sums, -on_x[q], u(q) + first, count);
      for (std::size_t c = 0; c < count; ++c) {
        double* y = y_.get() + (first + c) * block;
        y[l] = b_.left_tau[i] * (sums[c] - dot(y, on_v, l));
      }
    });
  }

  void reduce_row(std::size_t l) {
    const std::size_t i = from_ + l;
    double* own = row(i);
    for (std::size_t c = i + 1; c < n_; ++c) own[c] -= dot(v_.get() + i * block, y_.get() + c * block, l + 1);
    for (std::size_t q = 0; q < l; ++q) add(own + i + 1, -x_[i * block + q], u(q) + i + 1, n_ - i - 1);
    b_.above[i] = reflect(own + i + 1, n_ - i - 1, &b_.right_tau[i]);
    project_rows(l);
  }

  /// x = tau * (A - V * transpose(Y) - X * U) * u
  void project_rows(std::size_t l) {
    const std::size_t i = from_ + l, width = n_ - i - 1;
    const double* own = row(i) + i + 1;
    double on_y[block] = {}, on_u[block] = {};
    for (std::size_t c = 0; c < width; ++c) add(on_y, own[c], y_.get() + (i + 1 + c) * block, l + 1);
    for (std::size_t q = 0; q < l; ++q) on_u[q] = dot(own, u(q) + i + 1, width);
    share(ceil_div(width, task_rows), width, [&](std::size_t t) {
      const std::size_t first = i + 1 + t * task_rows, last = std::min(n_, first + task_rows);
      for (std::size_t r = first; r < last; ++r) {
        double* x = x_.get() + r * block;
        const double sum =
            dot(row(r) + i + 1, own, width) - dot(v_.get() + r * block, on_y, l + 1) - dot(x, on_u, l);
        x[l] = b_.right_tau[i] * sum;
      }
    });
  }

  void share(std::size_t tasks, std::size_t width, const std::function<void(std::size_t)>& body) const {
    if (width * width >= worth_sharing) return work_.for_each(tasks, body);
    for (std::size_t t = 0; t < tasks; ++t) body(t);
  }

  /// The rest of the matrix catches up with the panel.
  void update(std::size_t first, std::size_t count) {
    const std::size_t rest = n_ - first, at = first * block;
    if (rest == 0) return;
    double* corner = row(first) + first;
    const Operand v{v_.get() + at, rest, block, 1, -1}, y{y_.get() + at, rest, block, 1},
        x{x_.get() + at, rest, block, 1, -1}, u{row(from_) + first, rest, 1, n_};
    multiply(&work_, {rest, rest, count, v.pack(), y.pack(), corner, n_}, space_);
    multiply(&work_, {rest, rest, count, x.pack(), u.pack(), corner, n_}, space_);
  }

  const Work& work_;
  double* a_;
  Bidiagonal& b_;
  std::size_t n_, from_ = 0;
  Doubles v_, x_, y_, column_;
  ProductSpace space_;
};

}  // namespace

Bidiagonal bidiagonalize(const Work& work, double* a, std::size_t n) {
  const std::vector<double> zeros(n), fewer(n > 0 ? n - 1 : 0);
  Bidiagonal b{n, zeros, fewer, zeros, fewer};
  Panel panel(work, a, b);
  for (std::size_t from = 0; from < n && !work.cancelled; from += block) {
    panel.reduce(from, std::min(block, n - from));
  }
  return b;
}
