#include "sparsity.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <memory>
#include <vector>

#include "../roundUp.h"
#include "../threadPool.h"
#include "largest.h"

namespace {

/// Scores that one task takes, about.
constexpr std::size_t task_size = 16 * 1024;

struct Blocks {
  std::size_t down, across;

  std::size_t count() const { return down * across; }
};

Blocks blocks_of(std::size_t rows, std::size_t columns, const Sparsity& pattern) {
  return {ceil_div(rows, pattern.rows), ceil_div(columns, pattern.columns)};
}

/// count - floor(ratio * count), where a product that only rounding keeps below a whole number is that
/// number.
std::size_t kept_of(double ratio, std::size_t count) {
  const double zeros = std::floor(ratio * static_cast<double>(count) + 1e-6);
  return count - std::min(count, static_cast<std::size_t>(std::max(zeros, 0.0)));
}

void for_each_row(const Work& work, std::size_t rows, std::size_t columns,
                  const std::function<void(std::size_t)>& body) {
  const std::size_t together = std::max<std::size_t>(1, task_size / std::max<std::size_t>(columns, 1));
  work.for_each(ceil_div(rows, together), [&](std::size_t t) {
    for (std::size_t r = t * together; r < std::min(rows, (t + 1) * together); ++r) body(r);
  });
}

/// Sums of the blocks, [down, across].
std::vector<double> sums_of(const Work& work, const float* scores, std::size_t rows, std::size_t columns,
                            const Sparsity& pattern) {
  const Blocks blocks = blocks_of(rows, columns, pattern);
  std::vector<double> sums(blocks.count());
  for_each_row(work, blocks.down, columns * pattern.rows, [&](std::size_t block_row) {
    double* own = sums.data() + block_row * blocks.across;
    const std::size_t first = block_row * pattern.rows, last = std::min(rows, first + pattern.rows);
    for (std::size_t r = first; r < last; ++r) {
      const float* row = scores + r * columns;
      for (std::size_t c = 0; c < columns; ++c) own[c / pattern.columns] += static_cast<double>(row[c]);
    }
  });
  return sums;
}

template <class T>
bool any_nan(const T* values, std::size_t count) {
  return std::any_of(values, values + count, [](T v) { return std::isnan(v); });
}

bool select_blocks(const Work& work, const float* scores, std::size_t rows, std::size_t columns,
                   const Sparsity& pattern, std::uint8_t* mask) {
  const std::vector<double> sums = sums_of(work, scores, rows, columns, pattern);
  const Blocks blocks = blocks_of(rows, columns, pattern);
  if (any_nan(sums.data(), sums.size())) return false;
  std::vector<std::uint8_t> stays(sums.size());
  keep_largest(work, sums.data(), sums.size(), kept_of(pattern.ratio, sums.size()), stays.data());
  for_each_row(work, rows, columns, [&](std::size_t r) {
    const std::uint8_t* own = stays.data() + r / pattern.rows * blocks.across;
    for (std::size_t c = 0; c < columns; ++c) mask[r * columns + c] = own[c / pattern.columns];
  });
  return true;
}

/// mask[i] = 1 for the `kept` largest of a group, of equal ones the earlier. `scratch` has room for the
/// group.
void select_of_group(const float* scores, const Sparsity& pattern, float* scratch, std::uint8_t* mask) {
  const std::size_t m = pattern.columns;
  std::copy_n(scores, m, scratch);
  std::nth_element(scratch, scratch + pattern.kept - 1, scratch + m, std::greater<float>());
  const float least = scratch[pattern.kept - 1];
  std::size_t ties = pattern.kept;
  for (std::size_t i = 0; i < m; ++i) ties -= scores[i] > least;
  for (std::size_t i = 0; i < m; ++i)
    mask[i] = scores[i] > least || (scores[i] == least && ties > 0 && ties--);
}

void select_of_groups(const Work& work, const float* scores, std::size_t rows, std::size_t columns,
                      const Sparsity& pattern, std::uint8_t* mask) {
  const std::size_t m = pattern.columns;
  const auto scratch = std::make_unique_for_overwrite<float[]>(rows * m);
  for_each_row(work, rows, columns, [&](std::size_t r) {
    for (std::size_t i = r * columns; i < (r + 1) * columns; i += m) {
      select_of_group(scores + i, pattern, scratch.get() + r * m, mask + i);
    }
  });
}

}  // namespace

bool select_mask(const Work& work, const float* scores, std::size_t rows, std::size_t columns,
                 const Sparsity& pattern, std::uint8_t* mask) {
  if (any_nan(scores, rows * columns)) return false;
  if (pattern.kind == Sparsity::Kind::n_of_m) {
    select_of_groups(work, scores, rows, columns, pattern, mask);
  } else if (pattern.rows > 1 || pattern.columns > 1) {
    return select_blocks(work, scores, rows, columns, pattern, mask);
  } else {
    keep_largest(work, scores, rows * columns, kept_of(pattern.ratio, rows * columns), mask);
  }
  return true;
}
