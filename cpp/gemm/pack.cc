#include <algorithm>

#include "../roundUp.h"
#include "../transpose/transpose.h"
#include "gemm.h"

namespace {

std::size_t width_of(Side side, const GemmKernels& kernels) {
  return side == Side::left ? kernels.size.rows : kernels.size.columns;
}

}  // namespace

std::size_t gemm_packed_size(Side side, std::size_t size, std::size_t depth, const GemmKernels& kernels) {
  const std::size_t width = width_of(side, kernels);
  return round_up(size, width) * depth;
}

void gemm_pack_panel(const MatrixView& m, std::size_t first, std::size_t width, float* to) {
  const std::size_t inside = std::min(width, m.size - first);
  const float* from = m.data + first * m.outer;
  if (m.inner == 1) {
    transpose(from, m.outer, inside, m.depth, to, width);
  } else if (m.outer == 1) {
    for (std::size_t k = 0; k < m.depth; ++k) std::copy_n(from + k * m.inner, inside, to + k * width);
  } else {
    for (std::size_t k = 0; k < m.depth; ++k) {
      for (std::size_t i = 0; i < inside; ++i) to[k * width + i] = from[i * m.outer + k * m.inner];
    }
  }
  if (inside == width) return;
  for (std::size_t k = 0; k < m.depth; ++k) std::fill(to + k * width + inside, to + (k + 1) * width, 0.0f);
}

void gemm_pack(Side side, const MatrixView& matrix, float* to, const GemmKernels& kernels) {
  const std::size_t width = width_of(side, kernels);
  for (std::size_t i = 0; i < matrix.size; i += width, to += width * matrix.depth) {
    gemm_pack_panel(matrix, i, width, to);
  }
}

FillPanels gemm_fill(Side side, const MatrixView& matrix, std::size_t item_step, const GemmKernels& kernels) {
  const std::size_t step = width_of(side, kernels);
  const std::size_t width = side == Side::left ? step : kernels.size.right_width(matrix.size);
  return [=](std::size_t item, std::size_t panel, std::size_t count, std::uint32_t* to, void*) {
    float* panels = reinterpret_cast<float*>(to);
    MatrixView own = matrix;
    own.data += item * item_step;
    for (std::size_t p = 0; p < count; ++p, panels += width * matrix.depth) {
      gemm_pack_panel(own, (panel + p) * step, width, panels);
    }
  };
}
