#pragma once
#include <cstddef>

#include "keptRows.h"

/// Attention of a few rows to many, all read where they lie: result = softmax(queries keys^T * factor + mask)
/// values. Its errors are those of attention.h.
struct FewRowsAttention {
  FewRows<const float> queries;
  KeptRows keys, values;
  float factor;
  /// Row r is masked by what lies at mask + offsets[r]; null: by nothing.
  const float* mask;
  const std::size_t* offsets;
  FewRows<float> result;
};

/// Floats that one of `rows` rows needs beside its operands, `n` being the most keys.
std::size_t few_rows_floats(std::size_t rows, std::size_t n);
/// `scores` has few_rows_floats, aligned to 64 bytes. Does not throw.
void attend_few_rows(const FewRowsAttention& attention, float* scores);
