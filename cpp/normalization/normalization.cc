#include "normalization.h"

#include <algorithm>
#include <vector>

#include "../roundUp.h"
#include "../select.h"
#include "../threadPool.h"

namespace {

/// Elements that one task takes in, about: less would cost more to hand out than to do.
constexpr std::size_t task_elements = 16384;
/// Neighboring columns that are gathered into rows together when the axis is not the last one.
constexpr std::size_t columns_at_once = 16;
/// Elements of rows that are normalized together, about, before they become bytes: they stay in the first
/// cache, and what has only just been written is slow to read.
constexpr std::size_t elements_together = 4096;

/// Calls body(first, last) for runs of rows.
template <class Body>
void for_rows(const Work& work, std::size_t rows, std::size_t n, Body body) {
  const std::size_t each = std::max<std::size_t>(1, task_elements / std::max<std::size_t>(n, 1));
  work.for_each(ceil_div(rows, each), [&](std::size_t k) { body(k * each, std::min(rows, (k + 1) * each)); });
}

/// How many rows are normalized together.
std::size_t rows_together(std::size_t n) {
  return std::clamp<std::size_t>(elements_together / n, 1, most_normalized);
}

}  // namespace

std::span<const NormalizationKernels> normalization_variants() {
#define KERNEL(isa) \
  {cpu::Isa::isa, softmax_row_f32_##isa, normalize_rows_f32_##isa, masked_softmax_row_f32_##isa},
  static constexpr NormalizationKernels all[] = {
#include "kernels.inc"
  };
#undef KERNEL
  return all;
}

const NormalizationKernels& normalization_kernels() {
  static const NormalizationKernels& chosen = fastest(normalization_variants());
  return chosen;
}

void softmax(const Work& work, const float* x, std::size_t outer, std::size_t n, std::size_t inner,
             bool logarithmic, float* y) {
  if (n == 0) return;
  softmax_row_f32* const kernel = normalization_kernels().softmax;
  if (inner == 1) {
    for_rows(work, outer, n, [&](std::size_t first, std::size_t last) {
      for (std::size_t r = first; r < last; ++r) kernel(x + r * n, n, logarithmic, y + r * n);
    });
    return;
  }
  const std::size_t blocks = ceil_div(inner, columns_at_once);
  work.for_each(outer * blocks, [&](std::size_t k) {
    const std::size_t from = (k % blocks) * columns_at_once, width = std::min(columns_at_once, inner - from);
    const std::size_t start = (k / blocks) * n * inner + from;
    std::vector<float> rows(n * width);
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t j = 0; j < width; ++j) rows[j * n + i] = x[start + i * inner + j];
    }
    for (std::size_t j = 0; j < width; ++j) kernel(rows.data() + j * n, n, logarithmic, rows.data() + j * n);
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t j = 0; j < width; ++j) y[start + i * inner + j] = rows[j * n + i];
    }
  });
}

std::size_t RowAxes::offset(std::size_t row) const {
  std::size_t at = 0;
  for (std::size_t axis = sizes.size(); axis-- > 0; row /= sizes[axis])
    at += row % sizes[axis] * strides[axis];
  return at;
}

void RowAxes::offsets(std::size_t first, std::size_t count, std::size_t* to) const {
  const std::size_t size = sizes.empty() ? 1 : sizes.back(), stride = sizes.empty() ? 0 : strides.back();
  for (std::size_t i = 0; i < count;) {
    const std::size_t row = first + i, run = std::min(count - i, size - row % size);
    std::size_t at = offset(row);
    for (const std::size_t end = i + run; i < end; ++i, at += stride) to[i] = at;
  }
}

void masked_softmax(const Work& work, const float* x, std::size_t rows, std::size_t n, const ScoreMask& mask,
                    float* y) {
  if (n == 0) return;
  masked_softmax_row_f32* const kernel = normalization_kernels().masked_softmax;
  for_rows(work, rows, n, [&](std::size_t first, std::size_t last) {
    for (std::size_t r = first; r < last; ++r)
      kernel(x + r * n, n, mask.factor, mask.mask ? mask.mask + mask.rows.offset(r) : nullptr, y + r * n);
  });
}

void normalize_rows(const Work& work, const float* x, std::size_t rows, const NormalizedRow& row,
                    std::size_t channels, float* y) {
  const std::size_t n = row.n;
  if (n == 0) return;
  normalize_rows_f32* const kernel = normalization_kernels().normalize;
  const std::size_t most = row.step == 0 ? 1 : rows_together(n);
  for_rows(work, rows, n, [&](std::size_t first, std::size_t last) {
    for (std::size_t r = first; r < last; r += most) {
      NormalizedRow own = row;
      if (row.step == 0 && row.scale) own.scale += r % channels;
      if (row.step == 0 && row.shift) own.shift += r % channels;
      kernel(x + r * n, std::min(most, last - r), own, y + r * n);
    }
  });
}

void normalize_rows_to_bytes(const Work& work, const float* x, std::size_t rows, const NormalizedRow& row,
                             const RowBytes& bytes, float* y) {
  const std::size_t n = row.n;
  if (n == 0) return;
  normalize_rows_f32* const normalize = normalization_kernels().normalize;
  const auto quantize = quantize_kernels().run8;
  const std::size_t most = rows_together(n);
  for_rows(work, rows, n, [&](std::size_t first, std::size_t last) {
    std::vector<float> own(y ? 0 : most * n);
    for (std::size_t r = first; r < last; r += most) {
      const std::size_t count = std::min(most, last - r);
      float* const to = y ? y + r * n : own.data();
      normalize(x + r * n, count, row, to);
      quantize(to, count * n, bytes.rule, bytes.q + r * n);
    }
  });
}
