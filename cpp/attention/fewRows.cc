#include "fewRows.h"

#include <algorithm>

#include "../memory/lines.h"
#include "../roundUp.h"
#include "kernels.h"

namespace {

/// Scores of a row, filled up to whole vectors.
std::size_t score_step(std::size_t n) { return round_up(n, attention_kernels(false).lanes); }

}  // namespace

std::size_t few_rows_floats(std::size_t rows, std::size_t n) {
  return whole_lines_of_words(rows * (score_step(n) + 1));
}

void attend_few_rows(const FewRowsAttention& a, float* scores) {
  const std::size_t n = a.keys.n, step = score_step(n), rows = a.queries.count;
  kept_rows_kernels().scores(a.queries, a.keys, scores, step);
  // What weights read of the last vector beyond the scores must be numbers.
  for (std::size_t r = 0; r < rows; ++r) std::fill(scores + r * step + n, scores + (r + 1) * step, 0.0f);
  float* const inverses = scores + rows * step;
  attention_kernels(false).weights({scores, step, rows, n, a.factor, a.mask, a.offsets}, inverses);
  kept_rows_kernels().sums(scores, step, a.values, inverses, a.result);
}
