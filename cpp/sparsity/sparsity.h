#pragma once
#include <cstddef>
#include <cstdint>

struct Work;

/// Which weights of a matrix [rows, columns] may be left: those of a pattern that hardware or file formats
/// make use of.
struct Sparsity {
  enum class Kind : std::uint8_t {
    /// Blocks of `rows` by `columns`, which are zero or not as a whole; those at the lower and right edge may
    /// be
    /// smaller. Of all blocks floor(`ratio` * how many there are) are zero. A block of 1 by 1 is a weight.
    block,
    /// Of each `columns` consecutive weights of a row `kept` (at least 1) are left. `columns` divides the
    /// row.
    n_of_m,
  };
  Kind kind;
  std::size_t rows, columns;
  double ratio;
  std::size_t kept;
};

/// Writes 1 to mask[rows, columns] for the weights that stay and 0 for the others: those of the largest
/// scores stay, of blocks those of the largest sums (in double, row by row). Of equal ones the earlier stays.
/// Linear in the number of scores. The same result for any number of threads. Returns false when there are
/// NaN among the scores or sums. Throws std::bad_alloc.
bool select_mask(const Work& work, const float* scores, std::size_t rows, std::size_t columns,
                 const Sparsity& pattern, std::uint8_t* mask);
