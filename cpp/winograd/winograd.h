#pragma once
#include <cstddef>
#include <span>

#include "../activation/activation.h"
#include "../conv/conv.h"
#include "../cpu.h"
#include "../gemm/gemm.h"

struct Work;

/// Float32 3 x 3 convolutions with stride 1 by minimal filtering (Winograd 1980; Lavin and Gray 2016, "Fast
/// Algorithms for Convolutional Neural Networks", section 4): a tile of t x t outputs takes (t + 2)^2
/// products a channel where the sum of taps takes 9 t^2, 4 instead of 9 an output for t = 2 and 2.25 for t
/// = 4.
///
///   Y = A' [ (G g G') * (B' d B) ] A,  * element by element, summed over channels: (t + 2)^2 matrix products
///
/// with the transforms of interpolation at 0, 1, -1 (2, -2) and infinity. Each output is off by at most
/// (channels + 3 (t + 2)) * 2^-24 * |A'| [ sum |G||g||G'| * |B'||d||B| ] |A| to first order, before the
/// activation: some ten times the bound of the plain sum for t = 4.

/// What is a tile: outputs and inputs along each axis.
enum class WinogradTile : std::size_t { two = 2, four = 4 };

constexpr std::size_t winograd_inputs(WinogradTile tile) { return static_cast<std::size_t>(tile) + 2; }
constexpr std::size_t winograd_points(WinogradTile tile) {
  return winograd_inputs(tile) * winograd_inputs(tile);
}

/// Transforms a row of tiles of one channel: column j of row i of tile n is columns[j][i * row_step + n], and
/// to[(i * T + j) * to_step + n] becomes (B' d B)[i, j], T = tile + 2, n < tiles. Up to 15 floats beyond each
/// row are read.
using winograd_input = void(const float* const* columns, std::size_t row_step, std::size_t tiles, float* to,
                            std::size_t to_step);

/// Transforms a row of tiles of one output back: to[r * to_step + tile * n + q] = (A' m A)[r, q] where point
/// (i, j) of tile n is from[(i * T + j) * from_step + n]. Up to 15 floats beyond the tiles are read.
using winograd_output = void(const float* from, std::size_t from_step, std::size_t tiles, float* to,
                             std::size_t to_step);

/// Rows first … end - 1 of `across` tiles each.
struct TileRows {
  std::size_t first, end, across;
};

/// Both transforms for all tiles of some rows and one channel, tile after tile: from the image's plane to
/// points as winograd_input writes them, and from points to the plane of the result, with what an epilogue
/// adds. Rows of it are those of the plane; nothing beyond is touched.
using winograd_input_rows = void(WinogradTile tile, const ConvShape& shape, const TileRows& rows,
                                 const float* plane, float* to, std::size_t to_step);
using winograd_output_rows = void(WinogradTile tile, const ConvShape& shape, const TileRows& rows,
                                  const float* from, std::size_t from_step, const TileEpilogue& epilogue,
                                  float* plane);

struct WinogradKernels {
  cpu::Isa isa;
  winograd_input* input_two;
  winograd_input* input_four;
  winograd_output* output_two;
  winograd_output* output_four;
  /// Take the place of the others unless they are null.
  winograd_input_rows* input_rows;
  winograd_output_rows* output_rows;
};

#define KERNEL(isa, input_rows, output_rows) \
  winograd_input winograd_input_two_##isa;   \
  winograd_input winograd_input_four_##isa;  \
  winograd_output winograd_output_two_##isa; \
  winograd_output winograd_output_four_##isa;
#include "kernels.inc"
#undef KERNEL
winograd_input_rows winograd_input_rows_avx2, winograd_input_rows_avx512;
winograd_output_rows winograd_output_rows_avx2, winograd_output_rows_avx512;

std::span<const WinogradKernels> winograd_variants();
const WinogradKernels& winograd_kernels();

/// Whether a convolution is one of these.
bool is_winograd(const ConvShape& shape);

/// Floats that transformed weights take, and making them from weights [outputs][channels][3][3] (`to` aligned
/// to 64 bytes). Throws std::bad_alloc.
std::size_t winograd_packed_size(WinogradTile tile, std::size_t outputs, std::size_t channels);
void winograd_pack(WinogradTile tile, const float* weights, std::size_t outputs, std::size_t channels,
                   float* to);

/// c[image][outputs][pixels] = f(convolution + bias + residual) of x[image][channels][height][width].
struct Winograd {
  WinogradTile tile;
  std::size_t images = 1, outputs;
  ConvShape shape;
  const float* x;
  const float* panels;  // from winograd_pack
  float* c;
  const float* bias = nullptr;      // one an output, or null
  const float* residual = nullptr;  // laid out as c, may be c itself
  Activation activation;
};

/// Bytes that it needs beside its operands, for a pool of `threads` threads.
std::size_t winograd_workspace(const Winograd& layer, std::size_t threads);

/// The same bits for any number of threads. `workspace`: winograd_workspace(layer, work ? pool size : 1)
/// bytes, aligned to 64. Without `work` the calling thread does everything. Does not throw.
void winograd(const Work* work, const Winograd& layer, void* workspace,
              const WinogradKernels& kernels = winograd_kernels());
