#pragma once
#include "rowAxes.h"

namespace engine {

/// What is done to an attention's scores, rows of `n`, before softmax. The values behind the first inputs are
/// a mask, or nothing. Parameters: factor, row axes.
class ScoreMaskSpec {
 public:
  ScoreMaskSpec(StepReader& reader, std::size_t n, std::size_t first_input);

  std::size_t rows() const { return rows_of(mask_.rows); }
  ScoreMask of(const Run& run) const {
    ScoreMask own = mask_;
    if (is_masked_) own.mask = run.at<const float>(addend_);
    return own;
  }

 private:
  ScoreMask mask_;
  bool is_masked_;
  std::size_t addend_ = 0;
};

}  // namespace engine
