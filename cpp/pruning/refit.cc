#include "refit.h"

#include <numeric>
#include <vector>

#include "slabs.h"

namespace {

double dot(const double* a, const double* b, std::size_t n) { return std::inner_product(a, a + n, b, 0.0); }

class Refit {
 public:
  Refit(const Work& work, const DampedGram& gram, const GramInverse* inverse, std::size_t rows)
      : work_(work),
        gram_(gram),
        inverse_(inverse),
        n_(gram.gram.count),
        z_(doubles(rows * n_)),
        residual_(doubles(rows * n_)),
        direction_(doubles(rows * n_)),
        product_(doubles(rows * n_)),
        wanted_(doubles(rows * n_)),
        power_(rows),
        gain_(rows),
        space_(rows, n_) {}

  void run(const float* weights, const std::uint8_t* mask, std::size_t rows, const Precision& precision,
           float* z) {
    double left = start(weights, rows, z);
    for (int step = 0; step < precision.steps && !work_.cancelled; ++step) {
      const double gained = improve(mask, rows, step == 0);
      left -= gained;
      if (!(gained > precision.tolerance * left)) break;
    }
    std::copy_n(z_.get(), rows * n_, z);
  }

 private:
  /// residual = (w - z) * H. Returns the error.
  double start(const float* weights, std::size_t rows, const float* z) {
    for_each_row(work_, rows, [&](std::size_t r) {
      for (std::size_t i = r * n_; i < (r + 1) * n_; ++i) {
        z_[i] = static_cast<double>(z[i]);
        direction_[i] = static_cast<double>(weights[i]) - z_[i];
      }
    });
    multiply_by_gram(rows, residual_.get());
    for_each_row(work_, rows, [&](std::size_t r) {
      gain_[r] = dot(direction_.get() + r * n_, residual_.get() + r * n_, n_);
    });
    return std::accumulate(gain_.begin(), gain_.begin() + static_cast<std::ptrdiff_t>(rows), 0.0);
  }

  /// One step of every row. Returns what it takes off the error.
  double improve(const std::uint8_t* mask, std::size_t rows, bool first) {
    precondition(mask, rows);
    for_each_row(work_, rows, [&](std::size_t r) { turn(r, mask + r * n_, first); });
    multiply_by_gram(rows, product_.get());
    for_each_row(work_, rows, [&](std::size_t r) { step(r); });
    return std::accumulate(gain_.begin(), gain_.begin() + static_cast<std::ptrdiff_t>(rows), 0.0);
  }

  /// wanted = residual where weights stay, times inverse(H) or over the diagonal.
  void precondition(const std::uint8_t* mask, std::size_t rows) {
    double* kept = inverse_ ? product_.get() : wanted_.get();
    for_each_row(work_, rows, [&](std::size_t r) {
      for (std::size_t i = r * n_, k = 0; k < n_; ++i, ++k) {
        const bool stays = mask[i] && gram_.diagonal[k] > 0;
        kept[i] = stays ? residual_[i] / (inverse_ ? 1 : gram_.diagonal[k]) : 0;
      }
    });
    if (inverse_) inverse_->apply(kept, rows, wanted_.get());
  }

  /// The new direction is conjugate to those before it.
  void turn(std::size_t r, const std::uint8_t* mask, bool first) {
    double *wanted = wanted_.get() + r * n_, *direction = direction_.get() + r * n_;
    for (std::size_t i = 0; i < n_; ++i) wanted[i] = mask[i] && gram_.diagonal[i] > 0 ? wanted[i] : 0;
    const double power = dot(wanted, residual_.get() + r * n_, n_);
    const double share = !first && power_[r] > 0 ? power / power_[r] : 0;
    for (std::size_t i = 0; i < n_; ++i) direction[i] = wanted[i] + (first ? 0 : share * direction[i]);
    power_[r] = power;
  }

  void step(std::size_t r) {
    const double *direction = direction_.get() + r * n_, *product = product_.get() + r * n_;
    const double curvature = dot(direction, product, n_);
    const double length = curvature > 0 ? power_[r] / curvature : 0;
    for (std::size_t i = r * n_, k = 0; k < n_; ++i, ++k) {
      z_[i] += length * direction[k];
      residual_[i] -= length * product[k];
    }
    gain_[r] = length * power_[r];
  }

  /// to = direction * H
  void multiply_by_gram(std::size_t rows, double* to) {
    std::fill_n(to, rows * n_, 0.0);
    const Operand direction{direction_.get(), rows, n_, 1};
    multiply(&work_, {rows, n_, n_, direction.pack(), gram_.pack(), to, n_}, space_);
  }

  const Work& work_;
  const DampedGram& gram_;
  const GramInverse* inverse_;
  std::size_t n_;
  Doubles z_, residual_, direction_, product_, wanted_;
  std::vector<double> power_, gain_;
  ProductSpace space_;
};

}  // namespace

void refit(const Work& work, const DampedGram& gram, const GramInverse* inverse, const float* weights,
           const std::uint8_t* mask, std::size_t rows, const Precision& precision, float* z) {
  const std::size_t n = gram.gram.count;
  Refit slab(work, gram, precision.by_inverse ? inverse : nullptr, std::min(rows, slab_rows));
  for_each_slab(rows, [&](std::size_t first, std::size_t count) {
    slab.run(weights + first * n, mask + first * n, count, precision, z + first * n);
  });
}
