#include "transpose/transpose.h"

#include "support.h"

namespace {

class TransposeVariants : public testing::TestWithParam<TransposeKernels> {};

/// Sizes on both sides of a quad and a vector of every instruction set.
TEST_P(TransposeVariants, RowsBecomeColumns) {
  for (std::size_t rows : {0, 1, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 48, 63}) {
    for (std::size_t columns : {0, 1, 2, 4, 5, 8, 13, 16, 18, 64}) {
      SCOPED_TRACE(std::to_string(rows) + " x " + std::to_string(columns));
      const std::size_t from_step = columns + 3, to_step = rows + 2;
      const std::vector<float> from = values(rows * from_step, 1);
      const std::vector<float> start = values(columns * to_step, 2);
      std::vector<float> to = start;
      GetParam().run(from.data(), from_step, rows, columns, to.data(), to_step);
      for (std::size_t k = 0; k < columns; ++k) {
        for (std::size_t i = 0; i < to_step; ++i)
          ASSERT_EQ(to[k * to_step + i], i < rows ? from[i * from_step + k] : start[k * to_step + i]);
      }
    }
  }
}

FOR_EACH_VARIANT(TransposeVariants, transpose_variants());

}  // namespace
