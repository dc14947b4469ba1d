#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

#include "../memory/pageVector.h"
#include "../qblockgemm/planesConv.h"
#include "../qgemm/qgemm.h"

/// Dense weights of the convolution form of qgemm for processors whose products of bytes saturate at 16 bits:
/// AVX2's vpmaddubsw sums two products in a 16-bit lane. Two words are multiplied and their sums added before
/// they are widened, which takes three multiplications where widened bytes take four. That is exact where in
/// each lane of a row, four weights of the two words, the positive ones sum up to at most 128, and the
/// negative ones to at least -128: 255 * 128 = 32640. What weights have beyond is left out of these pairs and
/// goes into a list, the rest, in pairs of words of which the same is true. So that it is short, words that
/// go along with each other are paired.

/// Rows of a panel, and words of the inner dimension that are paired among themselves, so that a byte says
/// which.
inline constexpr std::size_t pair_rows = 4, pair_chunk = 256;

/// A chunk of a panel, of as many groups of four words as its head says: the head, then values[pair][row][2],
/// indices[pair][2], rest values[pair of the rest][row][2] and their indices[pair][row][2]; indices are
/// bytes, counted from the chunk's first word, and each of the four begins at a whole group.
struct PairChunk {
  std::uint32_t first, pairs, rest, groups;

  static constexpr std::size_t group = 4, head_groups = 1;
  std::size_t value_groups() const { return 2 * std::size_t{pairs}; }
  std::size_t index_groups() const { return (std::size_t{pairs} + 7) / 8; }
  std::size_t rest_value_groups() const { return 2 * std::size_t{rest}; }
  std::size_t rest_index_groups() const { return (std::size_t{rest} + 1) / 2; }
};
static_assert(sizeof(PairChunk) == PairChunk::group * PairChunk::head_groups * sizeof(std::uint32_t));

/// Packed weights: panel p is the groups of four words from first[p] on.
struct QPairWeights {
  std::size_t rows, depth;         // depth in words
  std::vector<std::size_t> first;  // one more at the end
  PageVector<std::uint32_t> words;
  std::vector<std::int32_t> sums;  // each row's sum of weights

  std::size_t bytes() const {
    return (words.size() + sums.size()) * sizeof(std::uint32_t) + first.size() * sizeof(first[0]);
  }
  WeightPanels panels() const { return {words.data(), nullptr, first.data(), depth}; }
};

/// Packs weights. Throws std::bad_alloc.
QPairWeights pack_qpairs(const WeightView& weights);

/// tile[i * columns + j] = the product of row i of a panel and column j of `right`, for i < 4, j < `wanted`
/// rounded up to a vector: word k of column j stands at right[table[k] + j].
using qpairs_product = void(const std::uint32_t* panel, std::size_t groups, const std::uint32_t* right,
                            const std::uint32_t* table, std::size_t wanted, std::int32_t* tile,
                            std::size_t columns);

#ifdef ONNXPRESS_HAS_AVX2
qpairs_product qpairs_product_avx2;
qblockgemm_planes qpairs_planes_avx2;
#endif

struct QPairKernels {
  TileSize size;
  qpairs_product* product;
  /// For planes_conv, with QPairWeights::panels.
  QBlockKernel planes;
};

/// The kernels that take these weights in the place of qgemm's own, or null where those are faster.
const QPairKernels* qpair_kernels(const QGemmKernels& dense = qgemm_kernels());
