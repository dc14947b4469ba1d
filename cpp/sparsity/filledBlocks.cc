#include "filledBlocks.h"

#include <algorithm>
#include <vector>

namespace {

/// Of one band of outputs: how many of the columns' blocks are marked.
std::size_t marked_blocks(const std::vector<unsigned char>& marks, const BlockGrid& blocks) {
  std::size_t count = 0;
  for (std::size_t from = 0; from < blocks.inputs; from += blocks.columns) {
    const std::size_t end = std::min(blocks.inputs, from + blocks.columns);
    for (std::size_t tap = 0; tap < blocks.taps; ++tap) {
      unsigned char any = 0;
      for (std::size_t input = from; input < end; ++input) any |= marks[input * blocks.taps + tap];
      count += any;
    }
  }
  return count;
}

template <class Element>
std::size_t filled(const Element* elements, const BlockGrid& blocks) {
  const std::size_t width = blocks.inputs * blocks.taps;
  std::vector<unsigned char> marks(width);
  std::size_t count = 0;
  for (std::size_t first = 0; first < blocks.outputs; first += blocks.rows) {
    std::fill(marks.begin(), marks.end(), static_cast<unsigned char>(0));
    const std::size_t end = std::min(blocks.outputs, first + blocks.rows);
    for (const Element* row = elements + first * width; row != elements + end * width; row += width) {
      for (std::size_t i = 0; i < width; ++i) marks[i] |= row[i] != 0;
    }
    count += marked_blocks(marks, blocks);
  }
  return count;
}

}  // namespace

std::size_t filled_blocks(const float* elements, const BlockGrid& blocks) { return filled(elements, blocks); }

std::size_t filled_blocks(const unsigned char* elements, const BlockGrid& blocks) {
  return filled(elements, blocks);
}
