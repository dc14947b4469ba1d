#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>

#include "../conv/conv.h"
#include "../conv/strip.h"

struct Work;

/// Multiplications below which waking other threads costs more than it saves.
constexpr std::size_t worth_sharing = 64 * 1024;

/// What there are kernels for that go down the rows: 3 x 3 or 5 x 5 with strides of 1 or 2, 7 x 7 without, no
/// dilation.
inline bool is_usual(const ConvShape& s) {
  const std::size_t kernel = s.kernel_height, most_stride = kernel == 7 ? 1 : 2;
  return (kernel == 3 || kernel == 5 || kernel == 7) && s.kernel_width == kernel &&
         s.stride_height <= most_stride && s.stride_width <= most_stride && s.dilation_height == 1 &&
         s.dilation_width == 1;
}

/// Where a piece of output rows goes: `rows` of `width` pixels from output pixel `at` on; in the tile they
/// stand `step` words apart.
struct PieceRows {
  std::size_t at, rows, width, step;
};

/// Planes of a depthwise convolution, piece by piece: rows are copied with their pads, a kernel sums over the
/// taps into a tile, and the tile is stored.
struct Planes {
  /// Pixels that a tile may have, and the words that kernels may touch beyond.
  static constexpr std::size_t tile_pixels = 1024, slack = 16, tile_step = tile_pixels + slack, tile_rows = 4;

  ConvShape shape;
  std::size_t count;
  std::uint32_t pad;
  /// The words of input plane i.
  std::function<const std::uint32_t*(std::size_t plane)> input;
  /// Sums of `pixels` neighbors of plane i that begin at source.
  std::function<void(std::size_t plane, const std::uint32_t* source, std::size_t pixels, std::uint32_t* tile)>
      sum;
  /// Takes a tile's rows. The tile may be overwritten.
  std::function<void(std::size_t plane, const PieceRows& rows, std::uint32_t* tile)> store;

  explicit Planes(const ConvShape& shape);
  const std::size_t* taps() const { return strip_.taps().data(); }
  static std::size_t workspace(const ConvShape& shape, std::size_t threads);
  void run(const Work* work, void* workspace) const;

 private:
  struct Slot;
  std::size_t slot_words() const;
  void piece(std::size_t plane, std::size_t first, std::size_t last, Slot& slot) const;

  std::size_t rows_at_once_;
  Strip strip_;
};
