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

/// Pools rows of the output one by one: rows of the input are joined to one, and then its taps.
class PoolRows {
 public:
  /// `workspace`: bytes(spec) bytes for the calling thread alone.
  PoolRows(const PoolSpec& spec, void* workspace);

  static std::size_t bytes(const PoolSpec& spec);

  /// Row `o` of a plane's output.
  void pool(const float* plane, std::size_t o, float* y) const;

 private:
  void join_rows(const float* plane, std::size_t o) const;
  void sort_columns() const;
  void divide(std::size_t o, float* y) const;

  const PoolSpec& spec_;
  const PaddedColumns columns_;
  const float start_;
  /// The padded row, its columns sorted, the outputs, and how many taps of each count.
  float *row_, *sorted_, *outputs_, *counts_;
  const float **height_taps_, **width_taps_;
};
