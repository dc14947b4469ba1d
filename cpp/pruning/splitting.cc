#include "splitting.h"

#include <cmath>

#include "../cholesky/cholesky.h"
#include "slabs.h"

namespace {

class Splitting {
 public:
  Splitting(const Work& work, const PruningProblem& problem, const DampedGram& gram, GramInverse& inverse,
            float* u, std::uint8_t* mask)
      : work_(work),
        p_(problem),
        gram_(gram),
        inverse_(inverse),
        u_(u),
        mask_(mask),
        scores_(problem.rows * problem.columns),
        pull_(doubles(std::min(problem.rows, slab_rows) * problem.columns)),
        moved_(doubles(std::min(problem.rows, slab_rows) * problem.columns)),
        root_(gram.diagonal),
        scale_(scale()) {
    for (double& d : root_) d = std::sqrt(d);
  }

  bool run(const Search& search) {
    std::copy_n(p_.weights, p_.rows * p_.columns, u_);
    score_first();
    double before = 0;
    for (const double penalty : search.penalties) {
      if (work_.cancelled || !factor_penalized(penalty)) return false;
      if (!select()) return false;
      if (before > 0) rescale(before / penalty);
      for (int step = 0; step < search.steps_each; ++step) {
        if (step > 0 && !select()) return false;
        for_each_slab(p_.rows, [&](std::size_t first, std::size_t rows) { advance(first, rows, penalty); });
      }
      before = penalty;
    }
    if (!select()) return false;
    for (std::size_t i = 0; i < p_.rows * p_.columns; ++i) u_[i] = mask_[i] ? u_[i] : 0;
    return true;
  }

 private:
  bool select() { return select_mask(work_, scores_.data(), p_.rows, p_.columns, *p_.pattern, mask_); }

  /// What keeps scores of weights and matrices of any size within float.
  double scale() const {
    float largest = 0;
    for (std::size_t i = 0; i < p_.rows * p_.columns; ++i)
      largest = std::max(largest, std::fabs(p_.weights[i]));
    const double mean = gram_.gram.mean(), size = static_cast<double>(largest);
    return mean > 0 && size > 0 ? 1 / (size * std::sqrt(mean)) : 0;
  }

  float score(double loss) const { return static_cast<float>(loss * scale_ * loss * scale_); }

  /// (w_g * L_gg)^2, element by element.
  void score_first() {
    const std::size_t n = p_.columns,
                      wide = p_.pattern->kind == Sparsity::Kind::block ? p_.pattern->columns : 1;
    const double* factor = inverse_.factor();
    for_each_row(work_, p_.rows, [&](std::size_t r) {
      const float* w = p_.weights + r * n;
      for (std::size_t j = 0; j < n; ++j) {
        double loss = 0;
        for (std::size_t i = j; i < std::min(n, (j / wide + 1) * wide); ++i) {
          loss += gram_.diagonal[i] > 0 ? static_cast<double>(w[i]) * factor[i * n + j] : 0;
        }
        scores_[r * n + j] = score(loss);
      }
    });
  }

  bool factor_penalized(double penalty) {
    const std::size_t n = p_.columns;
    double* factor = inverse_.factor();
    for_each_row(work_, n, [&](std::size_t i) {
      for (std::size_t j = 0; j < i; ++j) factor[i * n + j] = gram_.at(i, j);
      const double own = gram_.diagonal[i];
      factor[i * n + i] = own > 0 ? own * (1 + penalty) : 1;
    });
    if (!cholesky_factor(work_, factor, n)) return false;
    inverse_.prepare();
    return true;
  }

  /// What has added up was weighed by the penalty before.
  void rescale(double factor) {
    const float share = static_cast<float>(factor);
    for (std::size_t i = 0; i < p_.rows * p_.columns; ++i) u_[i] *= mask_[i] ? 1 : share;
  }

  void advance(std::size_t first, std::size_t rows, double penalty) {
    for_each_row(work_, rows, [&](std::size_t r) { pull(first + r, penalty, row(pull_, r)); });
    inverse_.apply(pull_.get(), rows, moved_.get());
    for_each_row(work_, rows, [&](std::size_t r) { move(first + r, row(moved_, r)); });
  }

  double* row(const Doubles& slab, std::size_t r) const { return slab.get() + r * p_.columns; }

  /// p * ((u where kept, -u where not) - w) * D
  void pull(std::size_t r, double penalty, double* to) const {
    const std::size_t n = p_.columns;
    const float *u = u_ + r * n, *w = p_.weights + r * n;
    const std::uint8_t* mask = mask_ + r * n;
    for (std::size_t k = 0; k < n; ++k) {
      const double wish = static_cast<double>(mask[k] ? u[k] : -u[k]) - static_cast<double>(w[k]);
      to[k] = penalty * wish * gram_.diagonal[k];
    }
  }

  void move(std::size_t r, const double* by) {
    const std::size_t n = p_.columns;
    const float* w = p_.weights + r * n;
    const std::uint8_t* mask = mask_ + r * n;
    float *u = u_ + r * n, *scores = scores_.data() + r * n;
    for (std::size_t k = 0; k < n; ++k) {
      const double x = static_cast<double>(w[k]) + by[k] + static_cast<double>(mask[k] ? 0.0f : u[k]);
      u[k] = static_cast<float>(x);
      scores[k] = score(x * root_[k]);
    }
  }

  const Work& work_;
  const PruningProblem& p_;
  const DampedGram& gram_;
  GramInverse& inverse_;
  float* u_;
  std::uint8_t* mask_;
  std::vector<float> scores_;
  Doubles pull_, moved_;
  std::vector<double> root_;  // of the diagonal
  double scale_;
};

}  // namespace

bool search_mask(const Work& work, const PruningProblem& problem, const DampedGram& gram,
                 const Search& search, GramInverse& inverse, float* pruned, std::uint8_t* mask) {
  return Splitting(work, problem, gram, inverse, pruned, mask).run(search);
}
