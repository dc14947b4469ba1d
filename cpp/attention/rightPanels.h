#pragma once
#include <cstddef>

#include "../gemm/gemm.h"
#include "../roundUp.h"
#include "kernels.h"

/// The right operand of a product as panels of about equal width: whole vectors of columns. A panel holds
/// right[k * its width + j].
class RightPanels {
 public:
  RightPanels(std::size_t columns, std::size_t depth, const AttentionKernels& kernels)
      : form_(kernels.form),
        depth_(form_ ? round_up(depth, form_->depth) : depth),
        lanes_(kernels.lanes),
        vectors_(ceil_div(columns, lanes_)),
        count_(ceil_div(vectors_, kernels.panel_vectors)) {}

  std::size_t count() const { return count_; }
  /// Filled up as the kernels want it.
  std::size_t depth() const { return depth_; }
  std::size_t floats() const { return vectors_ * lanes_ * depth_; }
  /// The column that panel `p` begins at; of the panel behind the last one: all columns, filled up.
  std::size_t column(std::size_t p) const { return vectors_ * p / count_ * lanes_; }
  std::size_t width(std::size_t p) const { return column(p + 1) - column(p); }
  /// Row `k` of panel `p` of what is packed in `panels`.
  const float* row(const float* panels, std::size_t p, std::size_t k) const {
    return panels + column(p) * depth_ + k * width(p);
  }

  void pack(const MatrixView& matrix, float* to) const {
    const auto pack_panel = form_ ? form_->right : gemm_pack_panel;
    for (std::size_t p = 0; p < count_; ++p) pack_panel(matrix, column(p), width(p), to + column(p) * depth_);
  }

 private:
  const OperandForm* form_;
  std::size_t depth_, lanes_, vectors_, count_;
};
