#pragma once
#include <cstddef>

#include "pooling.h"

/// A row of the input between pads, as long as the outputs of a row look, in `stride` equal parts: columns
/// are sorted by their remainders modulo the stride, so that neighboring outputs look at neighbors.
struct PaddedColumns {
  std::size_t left, skipped, part, stride;

  explicit PaddedColumns(const WindowAxis& width);
  std::size_t words() const { return part * stride; }
  /// Where output 0 finds a tap.
  std::size_t tap(std::size_t column) const {
    const std::size_t at = skipped + column;
    return at % stride * part + at / stride;
  }
};

/// Pools rows of the output one by one: rows of the input are joined to one, and then its taps. Words are
/// floats, or four unsigned bytes (std::uint32_t), of which there is the maximum alone.
template <class Word>
class PoolRows {
 public:
  /// `workspace`: bytes(spec) bytes for the calling thread alone.
  PoolRows(const PoolSpec& spec, void* workspace);

  static std::size_t bytes(const PoolSpec& spec);

  /// Row `o` of a plane's output.
  void pool(const Word* plane, std::size_t o, Word* y) const;

 private:
  void join_rows(const Word* plane, std::size_t o) const;
  void sort_columns() const;
  void divide(std::size_t o, float* y) const;

  const PoolSpec& spec_;
  const PaddedColumns columns_;
  const Word start_;
  /// The padded row, its columns sorted, and the outputs.
  Word *row_, *sorted_, *outputs_;
  /// How many taps of each output count.
  float* counts_;
  const Word **height_taps_, **width_taps_;
};
