#include "q4gemv.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "../memory/lines.h"
#include "../select.h"

namespace {

constexpr std::size_t most_width = 128;

/// Rows in 8 bits in the workspace.
class Rows {
 public:
  Rows(const NarrowGemm& g, void* workspace)
      : g_(g), shape_(g.weights->first), at_(static_cast<std::byte*>(workspace)) {}

  std::size_t bytes() const { return g_.rows * row_bytes(); }

  Q8Row row(std::size_t r) const { return {q(r), scales(r), sums(r)}; }

  void quantize(std::size_t r) const {
    std::memset(q(r), 0, step());
    for (std::size_t b = 0; b < shape_.blocks; ++b) quantize(r, b);
  }

 private:
  std::size_t step() const { return shape_.blocks * shape_.block(); }
  std::size_t row_bytes() const { return whole_lines(step()) + 2 * whole_lines(shape_.blocks * 4); }
  std::int8_t* q(std::size_t r) const { return reinterpret_cast<std::int8_t*>(at_ + r * row_bytes()); }
  float* scales(std::size_t r) const { return reinterpret_cast<float*>(q(r) + whole_lines(step())); }
  std::int32_t* sums(std::size_t r) const {
    return reinterpret_cast<std::int32_t*>(q(r) + whole_lines(step()) + whole_lines(shape_.blocks * 4));
  }

  void quantize(std::size_t r, std::size_t b) const {
    const std::size_t inputs = g_.weights->inputs, first = b * shape_.block(),
                      last = std::min(first + shape_.block(), inputs);
    const float* x = g_.x + r * inputs;
    float largest = 0;
    for (std::size_t k = first; k < last; ++k) largest = std::max(largest, std::fabs(x[k]));
    const float scale = largest / 127, inverse = scale != 0 ? 1 / scale : 0;
    std::int32_t sum = 0;
    for (std::size_t k = first; k < last; ++k) {
      const auto rounded =
          static_cast<std::int8_t>(std::nearbyint(std::clamp(x[k] * inverse, -128.0f, 127.0f)));
      q(r)[k / 8 * 8 + k % 8 / 2 + k % 2 * 4] = rounded;
      sum += rounded;
    }
    scales(r)[b] = scale;
    sums(r)[b] = sum;
  }

  const NarrowGemm& g_;
  const NarrowPanel& shape_;
  std::byte* at_;
};

}  // namespace

std::span<const Q4GemvKernels> q4gemv_variants() {
#define KERNEL(isa) {cpu::Isa::isa, q4gemv_s8_panel_##isa},
  static constexpr Q4GemvKernels all[] = {
#include "kernels.inc"
  };
#undef KERNEL
  return all;
}

const Q4GemvKernels& q4gemv_kernels() {
  static const Q4GemvKernels& chosen = fastest(q4gemv_variants());
  return chosen;
}

std::size_t q4gemv_workspace(const NarrowGemm& g) { return Rows(g, nullptr).bytes(); }

void q4gemv(const Work* work, const NarrowGemm& g, void* workspace, const Q4GemvKernels& kernels) {
  const NarrowPanels& w = *g.weights;
  const std::size_t width = w.first.width;
  const Rows rows(g, workspace);
  for (std::size_t r = 0; r < g.rows; ++r) rows.quantize(r);
  for_panel_parts(work, w.panels(), w.bytes(), [&](std::size_t from, std::size_t to) {
    alignas(64) float sums[most_gemv_rows * most_width];
    for (std::size_t p = from; p < to; ++p) {
      for (std::size_t r = 0; r < g.rows; ++r) kernels.panel(rows.row(r), w.panel(p), sums + r * width);
      const GemmEpilogue& e = g.epilogue;
      const std::size_t first = p * width;
      const TileEpilogue epilogue{nullptr, e.bias ? e.bias + first : nullptr,
                                  e.residual ? e.residual + first : nullptr, w.outputs, e.activation};
      gemm_kernels().store(sums, width, g.rows, std::min(width, w.outputs - first), epilogue, g.y + first,
                           w.outputs);
    }
  });
}
