#include "subspace.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "../product/product.h"
#include "../threadPool.h"
#include "reflections.h"
#include "vectors.h"

namespace {

constexpr std::size_t oversampling = 16, most_steps = 12;
constexpr double enough = 1e-3;

/// Random signs (Steele, Lea and Flood 2014, "Fast splittable pseudorandom number generators").
class Signs {
 public:
  explicit Signs(std::uint32_t seed) : state_(seed) {}

  double next() {
    if (left_ == 0) {
      std::uint64_t z = state_ += 0x9e3779b97f4a7c15;
      z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
      z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
      bits_ = z ^ (z >> 31);
      left_ = 64;
    }
    return (bits_ >> --left_) & 1 ? 1 : -1;
  }

 private:
  std::uint64_t state_, bits_ = 0;
  int left_ = 0;
};

double energy_of(const double* x, std::size_t n) { return dot(x, x, n); }

/// Orthonormal rows w[count, rows] and z[count, columns] = w * A.
class Subspace {
 public:
  Subspace(const Work& work, const SvdProblem& p, std::size_t count)
      : work_(work),
        p_(p),
        count_(count),
        w_(doubles(count * p.rows)),
        z_(doubles(count * p.columns)),
        space_(std::max(count, p.rows), std::max(p.rows, p.columns)) {}

  void find(std::uint32_t seed) {
    Signs signs(seed);
    std::generate_n(z_.get(), count_ * p_.columns, [&] { return signs.next(); });
    const double all = energy_of(p_.a, p_.rows * p_.columns);
    double captured = 0;
    for (std::size_t step = 0; step < most_steps && !work_.cancelled; ++step) {
      if (step > 0) orthonormalize(z_, p_.columns);
      // w = z * transpose(A)
      product(z_.get(), p_.columns, {p_.a, p_.rows, p_.columns, 1}, w_.get(), p_.rows);
      orthonormalize(w_, p_.rows);
      product(w_.get(), p_.rows, {p_.a, p_.columns, 1, p_.columns}, z_.get(), p_.columns);
      const double before = captured;
      captured = energy_of(z_.get(), count_ * p_.columns);
      if (!(captured - before > enough * (all - captured))) break;
    }
  }

  SvdOutcome decompose(std::size_t k, double* u, double* s, double* v) const {
    const Doubles inner = doubles(count_ * k);
    const SvdOutcome outcome = svd(work_, {z_.get(), count_, p_.columns}, k, inner.get(), s, v);
    if (outcome != SvdOutcome::done) return outcome;
    std::fill_n(u, p_.rows * k, 0.0);
    const Operand left{w_.get(), p_.rows, 1, p_.rows}, right{inner.get(), k, 1, k};
    multiply(&work_, {p_.rows, k, count_, left.pack(), right.pack(), u, k}, space_);
    return SvdOutcome::done;
  }

 private:
  /// to[count, columns] = x[count, depth] * b
  void product(const double* x, std::size_t depth, const Operand& b, double* to, std::size_t columns) {
    std::fill_n(to, count_ * columns, 0.0);
    const Operand left{x, count_, depth, 1};
    multiply(&work_, {count_, columns, depth, left.pack(), b.pack(), to, columns}, space_);
  }

  /// The rows of x become an orthonormal basis of what they span.
  void orthonormalize(Doubles& x, std::size_t length) {
    std::vector<double> diagonal(count_), tau(count_);
    factor_qr(work_, x.get(), count_, length, diagonal.data(), tau.data());
    Doubles basis = std::make_unique<double[]>(count_ * length);
    for (std::size_t i = 0; i < count_; ++i) basis[i * length + i] = 1;
    apply(work_, space_, {x.get(), count_, length, length, 1, tau.data()}, true, basis.get(), count_, length);
    x = std::move(basis);
  }

  const Work& work_;
  const SvdProblem& p_;
  std::size_t count_;
  Doubles w_, z_;
  ProductSpace space_;
};

}  // namespace

bool is_leading(const SvdProblem& p, std::size_t k) {
  return p.rank() >= 1024 && (k + oversampling) * 8 <= p.rank();
}

SvdOutcome leading_svd(const Work& work, const SvdProblem& p, std::size_t k, std::uint32_t seed, double* u,
                       double* s, double* v) {
  Subspace subspace(work, p, std::min(k + oversampling, p.rank()));
  subspace.find(seed);
  return subspace.decompose(k, u, s, v);
}
