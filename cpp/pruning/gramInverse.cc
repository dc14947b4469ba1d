#include "gramInverse.h"

#include "../cholesky/cholesky.h"
#include "../cholesky/triangular.h"
#include "dampedGram.h"

GramInverse::GramInverse(const Work& work, std::size_t n, std::size_t rows)
    : work_(work),
      n_(n),
      factor_(doubles(n * n)),
      inverse_(rows >= n / 2 ? doubles(n * n) : nullptr),
      space_(std::max(n, std::min(rows, slab_rows)), n) {}

void GramInverse::prepare() {
  if (!inverse_) return;
  lower_inverse(work_, factor_.get(), n_);
  std::fill_n(inverse_.get(), n_ * n_, 0.0);
  const Operand columns{factor_.get(), n_, 1, n_, 1, Operand::Shape::upper};
  multiply(&work_, {n_, n_, n_, columns.pack(), {}, inverse_.get(), n_, Part::lower}, space_);
}

void GramInverse::apply(const double* x, std::size_t rows, double* y) const {
  if (inverse_) {
    std::fill_n(y, rows * n_, 0.0);
    const GramColumns inverse{inverse_.get(), n_, nullptr, n_};
    const Pack right = symmetric_pack(n_, [=](std::size_t i, std::size_t j) { return inverse.at(i, j); });
    const Operand left{x, rows, n_, 1};
    multiply(&work_, {rows, n_, n_, left.pack(), right, y, n_}, space_);
  } else {
    std::copy_n(x, rows * n_, y);
    const TriangularSolver solver{work_, space_, n_};
    solver.solve_transposed(y, rows, factor_.get(), n_);
    solver.solve(y, rows, factor_.get(), n_);
  }
}
