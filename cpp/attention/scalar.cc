#include <cmath>
#include <cstdint>
#include <cstring>

#include "keptRows.h"
#include "kernels.h"

namespace {
#include "../elementwise/functions.inc"

constexpr std::size_t lanes = attention_lanes_scalar;
}  // namespace

void rows_product_f32_scalar(const RowsProduct& p) {
  for (std::size_t i = 0; i < p.rows; ++i) {
    const float* const left = p.left + i * p.left_step;
    float* const c = p.c + i * p.c_step;
    float sums[lanes] = {};
    if (p.adds) std::memcpy(sums, c, p.columns * sizeof(float));
    for (std::size_t k = 0; k < p.depth; ++k) {
      for (std::size_t j = 0; j < lanes; ++j) sums[j] += left[k] * p.right[k * lanes + j];
    }
    for (std::size_t j = 0; j < p.columns; ++j) c[j] = p.factors ? sums[j] * p.factors[i] : sums[j];
  }
}

void attention_weights_f32_scalar(const ScoreRows& r, float* inverses) {
  for (std::size_t i = 0; i < r.rows; ++i) {
    float* const x = r.scores + i * r.step;
    const float* const mask = r.mask ? r.mask + r.offsets[i] : nullptr;
    float largest = -INFINITY, sum = 0;
    for (std::size_t j = 0; j < r.n; ++j) {
      x[j] = x[j] * r.factor + (mask ? mask[j] : 0);
      largest = x[j] > largest ? x[j] : largest;
    }
    for (std::size_t j = r.n; j < (r.n + lanes - 1) / lanes * lanes; ++j) x[j] = -INFINITY;
    float sums[lanes] = {};
    for (std::size_t j = 0; j < r.n; j += lanes) {
      for (std::size_t l = 0; l < lanes; ++l) sums[l] += x[j + l] = exp_of_negative(x[j + l] - largest);
    }
    for (const float each : sums) sum += each;
    inverses[i] = 1 / sum;
  }
}

void kept_scores_f32_scalar(const FewRows<const float>& queries, const KeptRows& keys, float* scores,
                            std::size_t step) {
  for (std::size_t r = 0; r < queries.count; ++r) {
    for (std::size_t t = 0; t < keys.n; ++t) {
      const float *const query = queries.row(r), *const key = keys.data + t * keys.step;
      float sum = 0;
      for (std::size_t k = 0; k < keys.depth; ++k) sum += query[k] * key[k];
      scores[r * step + t] = sum;
    }
  }
}

void kept_sums_f32_scalar(const float* weights, std::size_t step, const KeptRows& values,
                          const float* factors, const FewRows<float>& y) {
  for (std::size_t r = 0; r < y.count; ++r) {
    for (std::size_t k = 0; k < values.depth; ++k) {
      float sum = 0;
      for (std::size_t t = 0; t < values.n; ++t)
        sum += weights[r * step + t] * values.data[t * values.step + k];
      y.row(r)[k] = sum * factors[r];
    }
  }
}
