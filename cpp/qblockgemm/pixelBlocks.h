#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>

#include "../conv/shiftedRows.h"
#include "../conv/strip.h"
#include "../conv/tiles.h"
#include "pixelVectors.h"
#include "qblockgemm.h"

/// How the pixels of a convolution are cut into blocks of vectors. With one tap a vector should begin where a
/// cache line does: pixels are read in the image where its planes are whole vectors, else in a copy of them
/// that is. With several taps most vectors cannot. Rows copied once for each column of the kernel stand
/// behind one another without pads between them, so that vectors go on from row to row. Where that is too
/// much to copy, a padded copy of the block's rows serves all taps, and the words between its rows are
/// computed in vain.
class PixelBlocks {
 public:
  PixelBlocks(const ConvInput& input, const QBlockKernel& kernel, bool is_dense);

  std::size_t count() const { return count_; }
  std::size_t most_vectors() const;
  /// Words that a thread copies to.
  std::size_t copied_words() const;

  /// Where inner index k is read, from a vector's first word on.
  void fill_table(std::uint32_t* table) const;
  /// Copies what must be copied of a block, writes its vectors, and returns how many there are.
  PixelVectors vectors(std::size_t item, std::size_t block, std::uint32_t* copied, PixelVector* to) const;

 private:
  enum class Source : std::uint8_t { image, planes, shifted, strip, taps };
  struct Range {
    std::size_t first, count;  // pixels
  };
  std::size_t plane_words() const;
  std::size_t tap_offset(std::size_t tap) const;
  TileSize panel() const { return {1, plane_words(), lanes_}; }
  void copy_planes(const std::uint32_t* image, Range pixels, std::uint32_t* to) const;
  void copy_shifted(const std::uint32_t* image, Range pixels, std::uint32_t* to) const;
  void copy_strip(const std::uint32_t* image, Range pixels, std::uint32_t* to) const;

  ConvInput input_;
  ConvShape shape_;
  std::size_t lanes_, lone_for_;  // columns of the tiles that take single pixels, or 0
  Source source_;
  std::size_t length_, count_;  // pixels of a block, but perhaps of the last; blocks
  Strip strip_;
  std::optional<ShiftedRows> shifted_;
  FillPanels fill_;
};
