#include <math.h>
#include <string.h>

#include <cmath>

#include "qblockgemm.h"

namespace {
#include "../activation/element.inc"
#include "../qgemm/element.inc"

void product(std::size_t rows, std::size_t columns, const std::uint32_t* values, const std::uint32_t* indices,
             std::size_t blocks, const std::uint32_t* right, const std::uint32_t* table, std::size_t wanted,
             std::int32_t* tile) {
  for (std::size_t i = 0; i < rows; ++i) {
    for (std::size_t j = 0; j < wanted; ++j) {
      std::int32_t sum = 0;
      for (std::size_t b = 0; b < blocks; ++b) {
        signed char w[4];
        unsigned char x[4];
        memcpy(w, values + b * rows + i, 4);
        memcpy(x, right + table[indices[b]] + j, 4);
        for (int e = 0; e < 4; ++e) sum += w[e] * x[e];
      }
      tile[i * columns + j] = sum;
    }
  }
}

/// One output: the kept pixel of row `row` that is read at `pixel`.
std::uint8_t output(const QPlanes& job, std::size_t rows, std::size_t row, const std::uint32_t* pixel,
                    std::size_t at) {
  const std::size_t panel = row / rows, first = job.weights.start(panel);
  std::int32_t sum = 0;
  for (std::size_t b = 0; b < job.weights.count(panel); ++b) {
    signed char w[4];
    unsigned char x[4];
    memcpy(w, job.weights.values + (first + b) * rows + row % rows, 4);
    memcpy(x, pixel + job.table[job.weights.indices_of(panel)[b]], 4);
    for (int e = 0; e < 4; ++e) sum += w[e] * x[e];
  }
  return requantized(sum, job.how, row, at);
}

void planes(std::size_t rows, std::size_t lanes, const QPlanes& job) {
  const std::size_t last = job.last_panel * rows, end = (job.rows + 3) / 4 * 4;
  for (std::size_t row = job.first_panel * rows; row < (last < end ? last : end); ++row) {
    for (std::size_t i = 0; i < job.count; ++i) {
      const PixelVector& v = job.vectors[i];
      std::size_t at = row / 4 * job.stride + 4 * std::size_t{v.to} + row % 4;
      for (std::size_t lane = 0; lane < lanes; ++lane) {
        if ((v.kept >> lane & 1) == 0) continue;
        job.c[at] = row < job.rows ? output(job, rows, row, v.from + lane, at) : std::uint8_t{0};
        at += 4;
      }
    }
  }
}

}  // namespace

void qblockgemm4_scalar(const std::uint32_t* values, const std::uint32_t* indices, std::size_t blocks,
                        const std::uint32_t* right, const std::uint32_t* table, std::size_t wanted,
                        std::int32_t* tile) {
  product(4, qblockgemm_size4_scalar.columns, values, indices, blocks, right, table, wanted, tile);
}

void qblockgemm8_scalar(const std::uint32_t* values, const std::uint32_t* indices, std::size_t blocks,
                        const std::uint32_t* right, const std::uint32_t* table, std::size_t wanted,
                        std::int32_t* tile) {
  product(8, qblockgemm_size8_scalar.columns, values, indices, blocks, right, table, wanted, tile);
}

void qblockgemm_planes4_scalar(const QPlanes& job) { planes(4, qblockgemm_size4_scalar.lanes, job); }
void qblockgemm_planes8_scalar(const QPlanes& job) { planes(8, qblockgemm_size8_scalar.lanes, job); }
