#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "../blockgemm/blockgemm.h"
#include "../memory/alignedBytes.h"
#include "../qblockgemm/qblockgemm.h"
#include "../qpairs/qpairs.h"
#include "../winograd/winograd.h"
#include "constant.h"

namespace engine {

/// Reads the parameters of a packed form in order; throws std::invalid_argument where there are too few, or
/// no sizes.
class FormReader {
 public:
  FormReader(std::span<const double> parameters, std::size_t bytes)
      : parameters_(parameters), bytes_(bytes) {}
  std::size_t size();
  /// The matrix elements (i, k) at item * item_step + i * outer + k * inner must lie within the bytes.
  void check_reach(std::size_t last_element, std::size_t element_bytes) const;
  void end() const;

 private:
  std::span<const double> parameters_;
  std::size_t bytes_, next_ = 0;
};

/// `items` matrices `item_step` elements apart, the first of which is `view`.
struct FloatViews {
  std::size_t items;
  MatrixView view;
  std::size_t item_step;
};
struct IntegerViews {
  std::size_t items;
  WeightView view;  // without data
  std::size_t item_step;
};

/// items, size, depth, outer, inner, item step (see MatrixView): all must lie within the bytes.
FloatViews read_matrices(std::span<const std::byte> bytes, FormReader& reader);
/// items, size, inputs, taps, outer, inner, item step (see WeightView)
IntegerViews read_views(FormReader& reader);

/// Float weights in the panels of cpp/gemm: `items` matrices of the same size.
struct GemmWeights {
  AlignedBytes panels;
  std::size_t items, size, depth;
  /// Floats from one matrix to the next.
  std::size_t step;

  const float* data() const { return reinterpret_cast<const float*>(panels.get()); }
};

/// Signed 8-bit weights in the words of cpp/qgemm or cpp/depthwise, and each channel's sum of them.
struct IntegerWeights {
  AlignedBytes panels;
  std::size_t items, size, depth;
  /// Words from one matrix to the next.
  std::size_t step;
  std::vector<std::int32_t> sums;

  const std::uint32_t* data() const { return reinterpret_cast<const std::uint32_t*>(panels.get()); }
};

/// Forms "qgemm.left" and "qgemm.right". Parameters: those of read_views.
Constant pack_qgemm(const std::string& form, std::span<const std::byte> bytes, FormReader& reader);

/// Form "qdepthwise". Parameters: channels, taps.
Constant pack_qdepthwise(std::span<const std::byte> bytes, FormReader& reader);

/// Weights without their zero blocks, one a group.
struct BlockedWeights {
  std::vector<BlockWeights> items;
  std::size_t block_rows;
};

struct BlockedIntegers {
  std::vector<QBlockWeights> items;
  std::size_t block_rows;
  std::vector<std::int32_t> sums;
};

/// Form "blockgemm". Parameters: those of "gemm.left", then rows of a block.
Constant pack_blockgemm(std::span<const std::byte> bytes, FormReader& reader);

/// Form "qblockgemm". Parameters: those of "qgemm.left", then rows of a block.
Constant pack_qblockgemm(std::span<const std::byte> bytes, FormReader& reader);

/// 8-bit weights in pairs of words, one matrix a group.
struct PairedIntegers {
  std::vector<QPairWeights> items;
  std::vector<std::int32_t> sums;

  /// Whether these are so many matrices of such sizes.
  bool fit(std::size_t count, std::size_t rows, std::size_t depth) const {
    return items.size() == count && items[0].rows == rows && items[0].depth == depth;
  }
};

/// Form "qpairs". Parameters: those of "qgemm.left".
Constant pack_qpairs(std::span<const std::byte> bytes, FormReader& reader);

/// Weights of 3 x 3 convolutions as the products of their tiles take them.
struct WinogradWeights {
  AlignedBytes panels;
  WinogradTile tile;
  std::size_t outputs, channels;

  const float* data() const { return reinterpret_cast<const float*>(panels.get()); }
};

/// Form "winograd". Parameters: outputs of a tile along an axis, outputs, channels.
Constant pack_winograd(std::span<const std::byte> bytes, FormReader& reader);

/// Forms "gemm.left" and "gemm.right". Parameters: those of read_matrices.
Constant pack_gemm(const std::string& form, std::span<const std::byte> bytes, FormReader& reader);

}  // namespace engine
