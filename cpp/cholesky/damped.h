#pragma once
#include <cstddef>
#include <cstdint>

struct Work;

/// A Gram matrix or covariance G[columns, columns] in double, of which only the lower triangle is read, and
/// the `count` columns of it that are meant, in their order.
struct GramColumns {
  const double* gram;
  std::size_t columns;
  const std::size_t* order;
  std::size_t count;

  double at(std::size_t i, std::size_t j) const {
    const std::size_t a = order ? order[i] : i, b = order ? order[j] : j;
    return a < b ? gram[b * columns + a] : gram[a * columns + b];
  }

  /// A column that no input ever used; what stands beside its diagonal counts as 0.
  bool is_dead(std::size_t i) const { return !(at(i, i) > 0); }

  /// Of the diagonal; 0 for nothing.
  double mean() const;

  /// Of the lower triangle.
  bool all_finite() const;
};

/// What became of a problem with a Gram matrix; numbers are handed to JavaScript.
enum class GramOutcome : std::uint8_t {
  solved,
  /// NaN or infinities.
  not_finite,
  /// Even thousandfold damping does not make it positive definite: it is no Gram matrix.
  not_positive,
};

struct DampedFactor {
  GramOutcome outcome;
  /// What was needed: as given, or raised tenfold up to three times until there was a Cholesky factor.
  double damping;
  /// What that added to each element of the diagonal.
  double added;
};

/// Cholesky factor L[count, count] of the chosen columns after `damping` times the mean of their diagonal was
/// added to each element of it, for inputs not seen. A dead column without damping gets 1 on its diagonal: it
/// bears on no other. The same bits for any number of threads. Throws std::bad_alloc.
DampedFactor factor_damped(const Work& work, const GramColumns& gram, double damping, double* l);
