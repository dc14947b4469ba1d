#include <algorithm>
#include <vector>

#include "../gemm/gemm.h"
#include "winograd.h"

namespace {

/// G, a row a point.
constexpr double points_two[4][3] = {{1, 0, 0}, {0.5, 0.5, 0.5}, {0.5, -0.5, 0.5}, {0, 0, 1}};
constexpr double points_four[6][3] = {{1.0 / 4, 0, 0},
                                      {-1.0 / 6, -1.0 / 6, -1.0 / 6},
                                      {-1.0 / 6, 1.0 / 6, -1.0 / 6},
                                      {1.0 / 24, 1.0 / 12, 1.0 / 6},
                                      {1.0 / 24, -1.0 / 12, 1.0 / 6},
                                      {0, 0, 1}};

/// So many filters side by side are the lanes of vectors, in the first cache.
constexpr std::size_t side_by_side = 64;

using Lanes = double[side_by_side];

/// sums[at] = a * x[at] + b * y[at] + c * z[at]
template <class To>
void combine(const double (&by)[3], const Lanes& x, const Lanes& y, const Lanes& z, std::size_t count,
             To* sums) {
  for (std::size_t at = 0; at < count; ++at)
    sums[at] = static_cast<To>(by[0] * x[at] + by[1] * y[at] + by[2] * z[at]);
}

/// to[(i * points + j) * step + at] = (G g G')[i, j] for the filters g = weights[9 at …].
template <std::size_t points>
void transform(const double (&by)[points][3], const float* weights, std::size_t count, float* to,
               std::size_t step) {
  Lanes g[9], row[3];
  for (std::size_t at = 0; at < count; ++at) {
    for (std::size_t e = 0; e < 9; ++e) g[e][at] = static_cast<double>(weights[9 * at + e]);
  }
  for (std::size_t i = 0; i < points; ++i) {
    for (std::size_t b = 0; b < 3; ++b) combine(by[i], g[b], g[3 + b], g[6 + b], count, row[b]);
    for (std::size_t j = 0; j < points; ++j)
      combine(by[j], row[0], row[1], row[2], count, to + (i * points + j) * step);
  }
}

/// Some outputs' filters at all points, each point a matrix, and then a panel of each: in the second cache.
template <std::size_t points>
void pack_outputs(const double (&by)[points][3], const float* weights, std::size_t outputs,
                  std::size_t channels, float* to) {
  const std::size_t together = gemm_kernels().size.rows, step = together * channels,
                    packed = gemm_packed_size(Side::left, outputs, channels);
  std::vector<float> matrices(points * points * step);
  for (std::size_t first = 0; first < outputs; first += together) {
    const std::size_t count = std::min(together, outputs - first), filters = count * channels;
    for (std::size_t at = 0; at < filters; at += side_by_side) {
      transform(by, weights + (first * channels + at) * 9, std::min(side_by_side, filters - at),
                matrices.data() + at, step);
    }
    for (std::size_t point = 0; point < points * points; ++point) {
      gemm_pack(Side::left, {matrices.data() + point * step, count, channels, channels, 1},
                to + point * packed + first * channels);
    }
  }
}

}  // namespace

std::size_t winograd_packed_size(WinogradTile tile, std::size_t outputs, std::size_t channels) {
  return winograd_points(tile) * gemm_packed_size(Side::left, outputs, channels);
}

void winograd_pack(WinogradTile tile, const float* weights, std::size_t outputs, std::size_t channels,
                   float* to) {
  if (tile == WinogradTile::two) {
    pack_outputs(points_two, weights, outputs, channels, to);
  } else {
    pack_outputs(points_four, weights, outputs, channels, to);
  }
}
