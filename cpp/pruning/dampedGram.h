#pragma once
#include <vector>

#include "../cholesky/damped.h"
#include "../product/product.h"

/// A symmetric matrix as the right operand of a product: element (k, j) is at(k, j).
template <class At>
Pack symmetric_pack(std::size_t n, const At& at) {
  return [=](std::size_t panel, std::size_t from, std::size_t depth, double* to) {
    const std::size_t first = panel * panel_width;
    for (std::size_t k = from; k < from + depth; ++k) {
      for (std::size_t j = first; j < first + panel_width; ++j) *to++ = j < n ? at(k, j) : 0.0;
    }
  };
}

/// H + added * I, seen through H's lower triangle. Dead columns are 0 as a whole.
struct DampedGram {
  GramColumns gram;
  double added;
  std::vector<double> diagonal;

  DampedGram(const GramColumns& h, double more) : gram(h), added(more), diagonal(h.count) {
    for (std::size_t i = 0; i < h.count; ++i) diagonal[i] = h.is_dead(i) ? 0.0 : h.at(i, i) + more;
  }

  double at(std::size_t i, std::size_t j) const {
    if (i == j) return diagonal[i];
    return diagonal[i] == 0 || diagonal[j] == 0 ? 0.0 : gram.at(i, j);
  }

  /// As the right operand of a product; the matrix must outlive it.
  Pack pack() const {
    return symmetric_pack(gram.count, [this](std::size_t k, std::size_t j) { return at(k, j); });
  }
};
