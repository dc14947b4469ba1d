#pragma once
#include <cstddef>
#include <span>

#include "pooling.h"

/// Maximum over windows that move by one and leave a plane as large as it is, of planes that the nearest
/// cache holds: rows are joined all at once, and then columns, as if the plane were one row; what reaches
/// over the ends of rows is corrected. Words are floats, or four unsigned bytes (std::uint32_t).
template <class Word>
class WholePlane {
 public:
  /// `workspace`: bytes(spec) bytes for the calling thread alone.
  WholePlane(const PoolSpec& spec, void* workspace);

  static bool fits(const PoolSpec& spec);
  /// 0 where it does not fit.
  static std::size_t bytes(const PoolSpec& spec);

  void pool(const Word* plane, Word* y) const;

 private:
  void join(const Word* first, std::size_t step, std::size_t taps, std::size_t n, Word* y) const;
  void join_rows(const Word* plane) const;
  void join_ends(Word* y) const;

  std::size_t height_, width_;
  /// How far windows reach up and down, and to both sides.
  std::size_t rows_, columns_;
  /// The plane with its rows joined, and room for addresses.
  Word* joined_;
  const Word** taps_;
};
