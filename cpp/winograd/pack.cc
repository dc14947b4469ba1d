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

const double* row_of(WinogradTile tile, std::size_t point) {
  return tile == WinogradTile::two ? points_two[point] : points_four[point];
}

/// (G g G')[i, j]
float transformed(const float* g, const double* row, const double* column) {
  double sum = 0;
  for (std::size_t a = 0; a < 3; ++a) {
    for (std::size_t b = 0; b < 3; ++b) sum += row[a] * g[a * 3 + b] * column[b];
  }
  return static_cast<float>(sum);
}

}  // namespace

std::size_t winograd_packed_size(WinogradTile tile, std::size_t outputs, std::size_t channels) {
  return winograd_points(tile) * gemm_packed_size(Side::left, outputs, channels);
}

void winograd_pack(WinogradTile tile, const float* weights, std::size_t outputs, std::size_t channels,
                   float* to) {
  const std::size_t inputs = winograd_inputs(tile), step = gemm_packed_size(Side::left, outputs, channels);
  std::vector<float> matrix(outputs * channels);
  for (std::size_t i = 0; i < inputs; ++i) {
    for (std::size_t j = 0; j < inputs; ++j) {
      for (std::size_t at = 0; at < matrix.size(); ++at)
        matrix[at] = transformed(weights + at * 9, row_of(tile, i), row_of(tile, j));
      gemm_pack(Side::left, {matrix.data(), outputs, channels, channels, 1}, to + (i * inputs + j) * step);
    }
  }
}
