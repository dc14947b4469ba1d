#include "implicitQr.h"

#include <algorithm>
#include <cmath>

#include "../threadPool.h"
#include "rotations.h"

namespace {

constexpr double negligible = 0x1p-53;
/// Sweeps that are applied together.
constexpr std::size_t together = 48;
/// Sweeps a singular value; two are usual.
constexpr std::size_t most_sweeps = 30;

/// The rotation that turns (f, g) into (r, 0).
Rotation rotation_of(double f, double g, double& r) {
  r = std::hypot(f, g);
  return r == 0 ? Rotation{1, 0} : Rotation{f / r, g / r};
}

/// The smaller singular value of [f g; 0 h].
double smaller_singular_value(double f, double g, double h) {
  f = std::fabs(f), g = std::fabs(g), h = std::fabs(h);
  const double least = std::min(f, h), most = std::max(f, h);
  if (least == 0) return 0;
  const double larger = (std::hypot(f + h, g) + std::hypot(f - h, g)) / 2;
  return least * (most / larger);
}

class ImplicitQr {
 public:
  ImplicitQr(const Work& work, std::vector<double>& diagonal, std::vector<double>& above, double* left,
             double* right)
      : work_(work), d_(diagonal), e_(above), left_(left), right_(right), least_(negligible * norm()) {}

  bool run() {
    std::size_t last = d_.empty() ? 0 : d_.size() - 1;
    for (std::size_t sweeps = most_sweeps * d_.size(); last > 0;) {
      if (is_negligible(last - 1)) {
        --last;
        continue;
      }
      if (sweeps-- == 0 || work_.cancelled) return false;
      std::size_t first = last - 1;
      while (first > 0 && !is_negligible(first - 1)) --first;
      sweep(first, last);
    }
    flush();
    return true;
  }

 private:
  double norm() const {
    double most = 0;
    for (const double d : d_) most = std::max(most, std::fabs(d));
    for (const double e : e_) most = std::max(most, std::fabs(e));
    return most;
  }

  bool is_negligible(std::size_t k) {
    if (!(std::fabs(e_[k]) <= least_)) return false;
    e_[k] = 0;
    return true;
  }

  void sweep(std::size_t first, std::size_t last) {
    if (of_left_.size() == together) flush();
    of_left_.push_back({first, last, {}});
    of_right_.push_back({first, last, {}});
    const double shift = shift_of(first, last);
    if (shift > 0) {
      shifted_sweep(first, last, shift);
    } else {
      plain_sweep(first, last);
    }
  }

  /// 0 where B is singular to working precision, or where the shift would not be felt at the top.
  double shift_of(std::size_t first, std::size_t last) const {
    for (std::size_t k = first; k <= last; ++k) {
      if (std::fabs(d_[k]) <= least_) return 0;
    }
    const double shift = smaller_singular_value(d_[last - 1], e_[last - 1], d_[last]),
                 ratio = shift / d_[first];
    return ratio * ratio < negligible ? 0 : shift;
  }

  void add(const Rotation& left, const Rotation& right) {
    if (!left_) return;
    of_left_.back().rotations.push_back(left);
    of_right_.back().rotations.push_back(right);
  }

  /// Starts with the first column of transpose(B) * B - shift^2 and chases what leaves the bidiagonal
  /// downwards.
  void shifted_sweep(std::size_t first, std::size_t last, double shift) {
    double f = (std::fabs(d_[first]) - shift) * (std::copysign(1.0, d_[first]) + shift / d_[first]),
           g = e_[first], r;
    for (std::size_t k = first; k < last; ++k) {
      const Rotation right = rotation_of(f, g, r);
      if (k > first) e_[k - 1] = r;
      f = right.c * d_[k] + right.s * e_[k];
      e_[k] = right.c * e_[k] - right.s * d_[k];
      g = right.s * d_[k + 1];
      d_[k + 1] *= right.c;
      const Rotation left = rotation_of(f, g, d_[k]);
      f = left.c * e_[k] + left.s * d_[k + 1];
      d_[k + 1] = left.c * d_[k + 1] - left.s * e_[k];
      if (k + 1 < last) {
        g = left.s * e_[k + 1];
        e_[k + 1] *= left.c;
      }
      add(left, right);
    }
    e_[last - 1] = f;
  }

  /// The same for a shift of 0, in a form in which nothing cancels.
  void plain_sweep(std::size_t first, std::size_t last) {
    Rotation right{1, 0}, left{1, 0};
    for (std::size_t k = first; k < last; ++k) {
      double r;
      right = rotation_of(d_[k] * right.c, e_[k], r);
      if (k > first) e_[k - 1] = left.s * r;
      left = rotation_of(left.c * r, d_[k + 1] * right.s, d_[k]);
      add(left, right);
    }
    const double rest = d_[last] * right.c;
    d_[last] = rest * left.c;
    e_[last - 1] = rest * left.s;
  }

  void flush() {
    if (left_) {
      rotate(work_, of_left_, left_, d_.size());
      rotate(work_, of_right_, right_, d_.size());
    }
    of_left_.clear();
    of_right_.clear();
  }

  const Work& work_;
  std::vector<double>&d_, &e_;
  double *left_, *right_, least_;
  std::vector<RotationSweep> of_left_, of_right_;
};

}  // namespace

bool diagonalize(const Work& work, std::vector<double>& diagonal, std::vector<double>& above, double* left,
                 double* right) {
  return ImplicitQr(work, diagonal, above, left, right).run();
}
